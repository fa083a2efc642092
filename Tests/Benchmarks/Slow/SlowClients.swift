// Thousands of slow clients: a process of its own, which says how many are connected.
// Must not be slow to connect: each that is let go comes again after a while, as whoever attacks does.

import ArgumentParser
import NIOCore
import Transport

struct SlowClients: AsyncParsableCommand {
    static let word = "slow-clients"

    @Option
    var slowness: Slowness

    @Option
    var port: Int

    @Option
    var clients: Int

    func run() async throws {
        let group = try LoopGroup(count: 1)
        let loop = group.loops[0]
        let crowd = try await loop.submit { [self] in
            let crowd = SlowCrowd(slowness, port: port, wanted: clients, on: loop)
            crowd.start()
            return NIOLoopBound(crowd, eventLoop: loop)
        }.get()
        let teller = Task {
            while !Task.isCancelled {
                let (tried, connected) = try await loop.submit { (crowd.value.tried, crowd.value.connected) }.get()
                Streams.say("\(tried) \(connected)")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        await Streams.inputEnded()
        teller.cancel()
    }
}

/// Belongs to its loop's thread.
private final class SlowCrowd {
    /// Clients that connect at once, and how long each of them may take: less than the system's queue holds.
    private static let arriving = 200
    private static let patience = TimeAmount.seconds(5)
    private static let second = TimeAmount.seconds(1)
    private static let rest = TimeAmount.seconds(10)

    let slowness: Slowness
    let loop: Loop
    private let port: Int
    private let wanted: Int
    private var dials: [ObjectIdentifier: SlowClient] = [:]
    private var open: [ObjectIdentifier: SlowClient] = [:]
    private var resting = 0
    /// Clients that came so far, each counted once.
    private(set) var tried = 0
    private var tick: LoopTimer?

    init(_ slowness: Slowness, port: Int, wanted: Int, on loop: Loop) {
        self.slowness = slowness
        self.port = port
        self.wanted = wanted
        self.loop = loop
    }

    var connected: Int { open.count }

    func start() {
        fill()
        drip()
    }

    private func fill() {
        while dials.count + open.count + resting < wanted, dials.count < Self.arriving {
            let client = SlowClient(in: self)
            dials[ObjectIdentifier(client)] = client
            client.begin(port, Self.patience)
        }
    }

    private func drip() {
        for client in open.values { client.drip() }
        tick = loop.after(Self.second) { [weak self] in self?.drip() }
    }

    func came(_ client: SlowClient) {
        dials[ObjectIdentifier(client)] = nil
        open[ObjectIdentifier(client)] = client
        tried = min(tried + 1, wanted)
        fill()
    }

    func went(_ client: SlowClient) {
        let wasDialling = dials.removeValue(forKey: ObjectIdentifier(client)) != nil
        let wasOpen = open.removeValue(forKey: ObjectIdentifier(client)) != nil
        guard wasDialling || wasOpen else { return }
        if wasDialling { tried = min(tried + 1, wanted) }
        resting += 1
        _ = loop.after(Self.rest) { [weak self] in
            self?.resting -= 1
            self?.fill()
        }
        fill()
    }
}

private final class SlowClient: Connection.Owner {
    private unowned let crowd: SlowCrowd
    private var dial: Dial?
    private var connection: Connection?
    private var said = 0
    private var isGreeted = false

    init(in crowd: SlowCrowd) { self.crowd = crowd }

    func begin(_ port: Int, _ patience: TimeAmount) {
        let settings = Dial.Settings(timeout: patience)
        dial = .begin(host: "127.0.0.1", port: port, on: crowd.loop, settings) { [weak self] result in
            self?.dialled(result)
        }
    }

    private func dialled(_ result: Result<Connection, any Error>) {
        dial = nil
        guard let connection = try? result.get() else { return crowd.went(self) }
        self.connection = connection
        connection.owner = self
        crowd.came(self)
    }

    func drip() {
        let all = crowd.slowness.drip
        guard !all.isEmpty, let connection, connection.isOpen else { return }
        connection.write(ByteBuffer(bytes: [all[said % all.count]]))
        connection.flush()
        said += 1
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received: greeted()
        case .inputEnded: connection?.abort()
        case .closed: crowd.went(self)
        case .secured, .writable, .failed: break
        }
    }

    private func greeted() {
        guard !isGreeted, !crowd.slowness.demand.isEmpty, let connection else { return }
        isGreeted = true
        connection.write(ByteBuffer(string: crowd.slowness.demand))
        connection.flush()
        connection.read(false)
    }
}
