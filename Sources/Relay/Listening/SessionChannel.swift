// How the channels of a session read and write.
// Must not know which side they are on.

import NIOCore

extension Channel {
    /// One read at a time, into as much memory as the traffic asks for; writes wait for nothing but a slow peer.
    ///
    /// For the channel's initializer: a bootstrap makes futures of its options, anew for each connection.
    ///
    /// - Parameter backlog: octets that may wait for the peer until the other side is slowed down.
    func prepareForSession(_ limits: RelayLimits, backlog: Int) throws {
        guard let options = syncOptions else { return }
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(
            .recvAllocator,
            value: ReceiveAllocator(smallest: limits.idleRead, largest: limits.busyRead)
        )
        try options.setOption(.writeBufferWaterMark, value: .init(low: backlog / 2, high: backlog))
    }
}
