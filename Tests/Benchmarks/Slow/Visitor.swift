// Somebody who wants nothing but to log in, while others are slow.
// Must not wait longer than people do.

import NIOCore
import TLS
import Transport

/// Belongs to its loop's thread.
final class Visitor: Connection.Owner {
    private static let patience = TimeAmount.seconds(5)

    private let loop: Loop
    private let target: LoadTarget
    private let isDone: EventLoopPromise<TimeAmount?>
    private let begin = NIODeadline.now()
    private var dial: Dial?
    private var connection: Connection?
    private var timeout: LoopTimer?
    private var line = ByteBuffer()
    private var commands = ["USER user\r\n", "PASS secret\r\n"]
    private var isOver = false

    private init(_ target: LoadTarget, on loop: Loop, _ isDone: EventLoopPromise<TimeAmount?>) {
        self.loop = loop
        self.target = target
        self.isDone = isDone
    }

    /// - Returns: how long it took to be logged in; nil where that was not to be had
    static func visit(_ target: LoadTarget, on loop: Loop) async throws -> TimeAmount? {
        let isDone = loop.makePromise(of: TimeAmount?.self)
        loop.execute { Visitor(target, on: loop, isDone).start() }
        return try await isDone.futureResult.get()
    }

    private func start() {
        timeout = loop.after(Self.patience) { self.end(nil) }
        dial = .begin(host: "127.0.0.1", port: target.port, on: loop, .init(timeout: Self.patience)) { result in
            self.dialled(result)
        }
    }

    private func dialled(_ result: Result<Connection, any Error>) {
        dial = nil
        guard let connection = try? result.get() else { return end(nil) }
        self.connection = connection
        connection.owner = self
        if let engine = try? target.engine() { connection.secure(with: engine) }
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received(var octets):
            line.writeBuffer(&octets)
            guard line.readableBytesView.last == 0x0A else { return }
            replied()
        case .failed, .closed, .inputEnded: end(nil)
        case .secured, .writable: break
        }
    }

    private func replied() {
        guard line.readableBytesView.starts(with: "+OK".utf8) else { return end(nil) }
        line.clear()
        guard !commands.isEmpty else { return end(.now() - begin) }
        connection?.write(ByteBuffer(string: commands.removeFirst()))
        connection?.flush()
    }

    /// It breaks what holds it, too.
    private func end(_ time: TimeAmount?) {
        guard !isOver else { return }
        isOver = true
        timeout?.cancel()
        timeout = nil
        dial?.giveUp()
        connection?.abort()
        isDone.succeed(time)
    }
}
