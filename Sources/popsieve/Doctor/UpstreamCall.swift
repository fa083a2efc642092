// A conversation with a server, dialled and encrypted as the relay does it: a line out, a reply in, each within a time.
// Must not know what is said.

import NIOCore
import POP3
import TLS
import Transport

/// One connection to an upstream, used by one task.
final class UpstreamCall {
    /// Why it does not go on.
    enum Fault: Error {
        case timedOut
        /// It goes on and on, and this time is over.
        case slow(TimeAmount)
        /// The server has closed, and said so or not.
        case closed
        case failed(any Error)
        /// A line or a reply without an end.
        case endless
    }

    /// What happens on the loop, in its order.
    fileprivate enum Event: Sendable {
        case connected(place: Endpoint?, remote: SocketAddress?, local: SocketAddress?)
        case secured(TLSHandshakeCompleted)
        case received([UInt8])
        case failed(any Error)
        case closed
        case endless
        /// The time for an operation of this number is over.
        case late(Int)
    }

    let loop: Loop
    private let line: NIOLoopBoundBox<CallLine>
    private var events: AsyncStream<Event>.Iterator
    private var received: [UInt8] = []
    private var operation = 0
    private var fault: Fault?
    /// Of what was said in confidence.
    var secrets = Secrets()
    /// Which of the places has answered, and at which address.
    private(set) var place: Endpoint?
    private(set) var remote: SocketAddress?
    private(set) var local: SocketAddress?

    init(on loop: Loop) {
        self.loop = loop
        let (stream, tell) = AsyncStream<Event>.makeStream()
        events = stream.makeAsyncIterator()
        line = NIOLoopBoundBox.makeBoxSendingValue(CallLine(tell), eventLoop: loop)
    }

    // MARK: Connection

    func dial(
        _ places: [Endpoint],
        within time: TimeAmount,
        unless isForbidden: @escaping @Sendable (SocketAddress) -> Bool
    ) async throws(Fault) {
        loop.execute { [line, loop] in
            let settings = Dial.Settings(timeout: time, isForbidden: isForbidden)
            line.value.dial(places, on: loop, settings)
        }
        // The dial has its own time; this is for the case that it does not keep it.
        let end = NIODeadline.now() + time + .seconds(5)
        while true {
            switch try await next(until: end) {
            case .connected(let place, let remote, let local):
                (self.place, self.remote, self.local) = (place, remote, local)
                return
            default: continue
            }
        }
    }

    /// TLS from here on.
    ///
    /// - Returns: what the handshake has come to, and what the server has shown, also where it was not accepted
    func secure(
        _ context: ClientContext,
        _ name: ServerName,
        within time: TimeAmount
    ) async -> (Result<TLSHandshakeCompleted, Fault>, PeerCertificate?) {
        loop.execute { [line] in line.value.secure(context, name) }
        let end = NIODeadline.now() + time
        var result: Result<TLSHandshakeCompleted, Fault>?
        do throws(Fault) {
            while result == nil {
                if case .secured(let handshake) = try await next(until: end) { result = .success(handshake) }
            }
        } catch {
            result = .failure(error)
        }
        let peer = try? await loop.submit { [line] in line.value.peerCertificate }.get()
        return (result ?? .failure(.closed), peer ?? nil)
    }

    /// Octets are there that nobody has asked for.
    var hasLeftOvers: Bool { !received.isEmpty }

    func close() {
        loop.execute { [line] in line.value.close() }
    }

    // MARK: Lines

    func send(_ octets: [UInt8]) {
        loop.execute { [line] in line.value.send(octets) }
    }

    /// A command's reply: its first line, without its line end.
    func command(_ octets: [UInt8], within time: TimeAmount) async throws(Fault) -> [UInt8] {
        send(octets)
        return try await reply(within: time)
    }

    func command(_ text: String, within time: TimeAmount) async throws(Fault) -> [UInt8] {
        try await command(Array("\(text)\r\n".utf8), within: time)
    }

    /// The next line, without its line end. Its time is over whatever comes of it meanwhile: a server that sends an octet
    /// now and then is no better than one that is silent.
    func reply(within time: TimeAmount) async throws(Fault) -> [UInt8] {
        do throws(Fault) {
            return try await line(until: .now() + time)
        } catch {
            guard case .timedOut = error, !received.isEmpty else { throw error }
            throw .slow(time)
        }
    }

    private func line(until end: NIODeadline) async throws(Fault) -> [UInt8] {
        while true {
            if let end = received.firstIndex(of: 0x0A) {
                var line = Array(received[..<end])
                received.removeFirst(end + 1)
                if line.last == 0x0D { line.removeLast() }
                return line
            }
            guard received.count <= DoctorLimits.line else { throw .endless }
            guard case .received(let octets) = try await next(until: end) else { continue }
            received += octets
        }
    }

    /// The lines behind a status line up to the dot, each without the dot that was put before it. Each has its time, and
    /// all of them have one.
    func lines(within time: TimeAmount) async throws(Fault) -> [[UInt8]] {
        let end = NIODeadline.now() + DoctorLimits.list
        var lines: [[UInt8]] = []
        while true {
            let rest = end - .now()
            let line: [UInt8]
            do throws(Fault) {
                line = try await reply(within: min(time, rest))
            } catch {
                switch error {
                case .timedOut where rest < time, .slow where rest < time: throw .slow(DoctorLimits.list)
                default: throw error
                }
            }
            guard line.first == UInt8(ascii: ".") else {
                lines.append(line)
                continue
            }
            if line.count == 1 { return lines }
            lines.append(Array(line.dropFirst()))
        }
    }

    /// What the server has said, for people: without what was said in confidence.
    func excerpt(_ line: [UInt8]) -> String { secrets.excerpt(line.span, upTo: DoctorLimits.excerpt) }

    // MARK: Events

    /// What happens next; throws at the end, and when the time is over.
    private func next(until deadline: NIODeadline) async throws(Fault) -> Event {
        if let fault { throw fault }
        let time = deadline - .now()
        guard time > .zero else { throw end(.timedOut) }
        operation += 1
        let number = operation
        loop.execute { [line, loop] in line.value.wait(time, number, on: loop) }
        defer { loop.execute { [line] in line.value.waitNoLonger() } }
        while let event = await events.next(isolation: #isolation) {
            switch event {
            case .late(number): throw end(.timedOut)
            case .late: continue
            case .failed(let error): throw end(.failed(error))
            case .closed: throw end(.closed)
            case .endless: throw end(.endless)
            case .connected, .secured, .received: return event
            }
        }
        throw end(.closed)
    }

    private func end(_ fault: Fault) -> Fault {
        self.fault = fault
        close()
        return fault
    }
}

/// The loop's side of a call. Belongs to the loop's thread.
private final class CallLine: Connection.Owner {
    private let tell: AsyncStream<UpstreamCall.Event>.Continuation
    private var dial: Dial?
    private var connection: Connection?
    private var engine: TLSConnection?
    private var timer: LoopTimer?
    private var octets = 0

    init(_ tell: AsyncStream<UpstreamCall.Event>.Continuation) { self.tell = tell }

    var peerCertificate: PeerCertificate? { engine?.peerCertificate }

    func dial(_ places: [Endpoint], on loop: Loop, _ settings: Dial.Settings) {
        dial = Dial.begin(to: places, on: loop, settings) { [self] result in
            switch result {
            case .success(let connection):
                self.connection = connection
                connection.owner = self
                let place = dial?.place
                tell.yield(
                    .connected(place: place, remote: connection.remoteAddress, local: connection.localAddress)
                )
            case .failure(let error): tell.yield(.failed(error))
            }
            dial = nil
        }
    }

    func secure(_ context: ClientContext, _ name: ServerName) {
        do {
            let engine = try TLSConnection(client: context, serverName: name)
            engine.keepsPeerCertificate = true
            self.engine = engine
            connection?.secure(with: engine)
        } catch {
            tell.yield(.failed(error))
        }
    }

    func send(_ octets: [UInt8]) {
        connection?.write(ByteBuffer(bytes: octets))
        connection?.flush()
    }

    func close() {
        dial?.giveUp()
        dial = nil
        connection?.abort()
    }

    func wait(_ time: TimeAmount, _ number: Int, on loop: Loop) {
        timer?.cancel()
        timer = loop.after(time) { [tell] in tell.yield(.late(number)) }
    }

    func waitNoLonger() { timer?.cancel() }

    func happened(_ event: Connection.Event) {
        switch event {
        case .secured(let handshake): tell.yield(.secured(handshake))
        case .received(let buffer):
            octets += buffer.readableBytes
            guard octets <= DoctorLimits.octets else {
                tell.yield(.endless)
                connection?.abort()
                return
            }
            tell.yield(.received(Array(buffer.readableBytesView)))
        case .failed(let error): tell.yield(.failed(error))
        case .closed:
            connection = nil
            tell.yield(.closed)
        case .inputEnded, .writable: break
        }
    }
}
