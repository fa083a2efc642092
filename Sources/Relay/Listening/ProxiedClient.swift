// A connection of a proxy that has not said yet whose it is.
// Must not be a session: nobody is served, and nobody is told anything.

import NIOCore
import ProxyProtocol
import Transport

/// Waits for the header of the PROXY protocol.
final class ProxiedClient: Connection.Owner {
    enum Outcome {
        case named(ProxyHeader.Client)
        case malformed
        case late
        /// It has gone, and owed nothing: a look whether somebody is there.
        case left
    }

    private enum State {
        case reading([UInt8])
        /// Nobody is named, or the proxy itself, and nothing stood behind the header. Most of these are proxies that look
        /// whether somebody answers, and go: that is to open no session with a server.
        case lingering(ProxyHeader.Client)
        /// Somebody else's now, or nobody's.
        case over
    }

    /// How long such a look may take.
    private static let moment = TimeAmount.milliseconds(250)

    let connection: Connection
    private let decided: (ProxiedClient, Outcome) -> Void
    private let ended: () -> Void
    private var state = State.reading([])
    private var timer: LoopTimer?

    /// - Parameters:
    ///   - decided: called once; whoever takes the connection over becomes its owner
    ///   - ended: called when the connection is closed, unless it was taken over
    init(
        of connection: Connection,
        within time: TimeAmount,
        ended: @escaping () -> Void,
        decided: @escaping (ProxiedClient, Outcome) -> Void
    ) {
        self.connection = connection
        self.ended = ended
        self.decided = decided
        timer = connection.loop.after(time) { [weak self] in self?.decide(.late) }
    }

    /// Nobody waits for it any more.
    func leave() { decide(.left) }

    func happened(_ event: Connection.Event) {
        switch event {
        case .received(let octets): received(octets)
        case .inputEnded: decide(isOwed ? .malformed : .left)
        case .failed, .closed:
            decide(.left)
            if case .closed = event { ended() }
        case .secured, .writable: break
        }
    }

    /// It has begun, and what it has begun is not whole.
    private var isOwed: Bool { if case .reading(let octets) = state { !octets.isEmpty } else { false } }

    private func received(_ buffer: ByteBuffer) {
        switch state {
        case .reading(var octets):
            octets += buffer.readableBytesView
            switch ProxyHeader.read(octets) {
            case .incomplete: state = .reading(octets)
            case .malformed: decide(.malformed)
            case .complete(let header, let length): complete(header.client, Array(octets.dropFirst(length)))
            }
        // Somebody who speaks is no look.
        case .lingering(let client): name(client, Array(buffer.readableBytesView))
        case .over: break
        }
    }

    private func complete(_ client: ProxyHeader.Client, _ behind: [UInt8]) {
        guard behind.isEmpty, mayBeLook(client) else { return name(client, behind) }
        state = .lingering(client)
        timer?.cancel()
        timer = connection.loop.after(Self.moment) { [weak self] in self?.name(client, []) }
    }

    /// HAProxy's checks name HAProxy in version 1.
    private func mayBeLook(_ client: ProxyHeader.Client) -> Bool {
        guard case .known(let source, _) = client else { return true }
        return source.octets == connection.remoteAddress.flatMap(IPEndpoint.init)?.octets
    }

    /// - Parameter behind: the client's own octets
    private func name(_ client: ProxyHeader.Client, _ behind: [UInt8]) {
        decide(.named(client))
        connection.giveBack(ByteBuffer(bytes: behind))
    }

    private func decide(_ outcome: Outcome) {
        if case .over = state { return }
        state = .over
        timer?.cancel()
        timer = nil
        decided(self, outcome)
    }
}
