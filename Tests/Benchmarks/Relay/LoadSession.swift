// One client: logs in, does its work, quits; looks at the beginning, the length and the end of each reply.
// Must not look at more of a message, nor keep any of it.

import NIOCore
import TLS
import Transport

/// Belongs to its crowd's loop.
final class LoadSession: Connection.Owner {
    /// Which reply it waits for.
    private enum Step {
        case greeting
        case user
        case password
        /// To what it does once it is logged in.
        case work
        case quit
        /// Nothing more: the relay closes.
        case end
        /// Its crowd does not know it any more.
        case gone
    }

    private static let user = ByteBuffer(string: "USER user\r\n")
    private static let password = ByteBuffer(string: "PASS secret\r\n")
    private static let state = ByteBuffer(string: "STAT\r\n")
    private static let noop = ByteBuffer(string: "NOOP\r\n")
    private static let quit = ByteBuffer(string: "QUIT\r\n")
    private static let longestLine = 1_024
    /// CRLF, dot, CRLF.
    private static let end: UInt64 = 0x0D_0A2E_0D0A

    private let crowd: Crowd
    private var step = Step.greeting
    private var dial: Dial?
    private var connection: Connection?
    /// The line that is being read.
    private var line = ByteBuffer()
    /// What is left of the message that is being read, and the last of what has come of it.
    private var left = 0
    private var last: UInt64 = 0
    /// Messages asked for, and those that have come.
    private var asked = 0
    private var got = 0
    private var sentNoop = NIODeadline.distantPast

    init(in crowd: Crowd) { self.crowd = crowd }

    func begin() {
        let settings = Dial.Settings(timeout: .seconds(10))
        dial = .begin(host: "127.0.0.1", port: crowd.target.port, on: crowd.loop, settings) { [weak self] result in
            self?.dialled(result)
        }
    }

    private func dialled(_ result: Result<Connection, any Error>) {
        dial = nil
        do {
            let connection = try result.get()
            self.connection = connection
            connection.owner = self
            if let engine = try crowd.target.engine() { connection.secure(with: engine) }
        } catch {
            fail("\(error)")
        }
    }

    func quit() {
        say(Self.quit, .quit)
        connection?.flush()
    }

    /// Its crowd has given up.
    func abandon() {
        step = .gone
        dial?.giveUp()
        connection?.abort()
    }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received(var octets): take(&octets)
        case .failed(let error): fail("\(error)")
        case .closed: step == .end ? end(nil) : fail("the relay has closed the connection")
        case .secured, .writable, .inputEnded: break
        }
    }

    // MARK: Replies

    private func take(_ octets: inout ByteBuffer) {
        while octets.readableBytes > 0, step != .gone {
            if left > 0 { takeMessage(&octets) } else { takeLine(&octets) }
        }
        connection?.flush()
    }

    private func takeLine(_ octets: inout ByteBuffer) {
        let end = octets.readableBytesView.firstIndex(of: 0x0A)
        guard var part = octets.readSlice(length: end.map { $0 + 1 - octets.readerIndex } ?? octets.readableBytes)
        else {
            return
        }
        line.writeBuffer(&part)
        guard line.readableBytes <= Self.longestLine else { return fail("a line without an end") }
        guard end != nil else { return }
        guard line.readableBytesView.starts(with: "+OK".utf8) else {
            return fail("the reply \(String(buffer: line).debugDescription)")
        }
        line.clear()
        begun()
    }

    /// The first line of a reply has come, which often is all of it.
    private func begun() {
        switch step {
        case .greeting: say(Self.user, .user)
        case .user: say(Self.password, .password)
        case .password: work()
        case .work: worked()
        case .quit: step = .end
        case .end, .gone: fail("a reply to nothing")
        }
    }

    private func work() {
        step = .work
        switch crowd.plan.work {
        case .stat: say(Self.state, .work)
        case .fetch: fetch()
        case .noops: sayNoop()
        case .hold: crowd.isHeld()
        }
    }

    private func worked() {
        switch crowd.plan.work {
        case .stat: quit()
        case .fetch: (left, last) = (crowd.plan.fetches[got].octets, 0)
        case .noops:
            crowd.took(.now() - sentNoop)
            crowd.isOver ? quit() : sayNoop()
        case .hold: fail("a reply to nothing")
        }
    }

    private func sayNoop() {
        sentNoop = .now()
        say(Self.noop, .work)
    }

    // MARK: Messages

    private func takeMessage(_ octets: inout ByteBuffer) {
        let count = min(left, octets.readableBytes)
        let few = min(count, 5)
        for octet in octets.viewBytes(at: octets.readerIndex + count - few, length: few) ?? ByteBufferView() {
            last = last << 8 | UInt64(octet)
        }
        octets.moveReaderIndex(forwardBy: count)
        left -= count
        crowd.received(count)
        // What ends a message stands nowhere else in it, so one that is too short is not waited for.
        guard (last & 0xFF_FFFF_FFFF == Self.end) == (left == 0) else { return fail("a message of another length") }
        guard left == 0 else { return }
        got += 1
        fetch()
    }

    /// Asks for as many as may be on their way at once, and quits when all that were asked for are there.
    private func fetch() {
        guard case .fetch(_, let ahead) = crowd.plan.work else { return }
        while asked < crowd.plan.fetches.count, asked - got < ahead {
            connection?.write(crowd.plan.fetches[asked].command)
            asked += 1
        }
        if asked == got { quit() }
    }

    // MARK: Its own end

    private func say(_ command: ByteBuffer, _ next: Step) {
        step = next
        connection?.write(command)
    }

    private func fail(_ reason: String) {
        guard step != .gone, step != .end else { return }
        end(reason)
        connection?.abort()
    }

    private func end(_ failure: String?) {
        guard step != .gone else { return }
        step = .gone
        crowd.ended(self, failure)
    }
}

extension LoadSession: Hashable {
    static func == (left: LoadSession, right: LoadSession) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
