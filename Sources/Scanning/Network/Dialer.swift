// Opens connections to a scanner.
// Must not keep them.

import NIOCore
import NIOPosix

/// Connects to one address.
struct Dialer: Sendable {
    let address: ScannerAddress
    let group: any EventLoopGroup
    /// How long a connection may take to stand.
    let patience: Duration

    /// A new connection with `wire` at the end of its pipeline, behind what `prepare` adds.
    func dial<Input, Output>(
        _ wire: Wire<Input, Output>,
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws(UnscannedReason) {
        let bootstrap = ClientBootstrap(group: group)
            .connectTimeout(.nanoseconds(Int64(patience / .nanoseconds(1))))
            // What comes before the end is read before the end is told.
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try channel.pipeline.syncOperations.addHandler(wire)
                }
            }
        do {
            try await withTaskCancellationHandler {
                _ = try await connect(bootstrap).get()
            } onCancel: {
                wire.close()
            }
        } catch {
            wire.close()
            throw .unreachable(Self.words(error))
        }
    }

    private func connect(_ bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        switch address {
        case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
        case .host(let host, let port):
            // A number needs no look-up, and no race of addresses.
            if let number = try? SocketAddress(ipAddress: host, port: port) {
                bootstrap.connect(to: number)
            } else {
                bootstrap.connect(host: host, port: port)
            }
        }
    }

    /// The system's word for it, not the network library's.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: SystemReason.words(error.errnoCode)
        case let error as NIOConnectionError: error.connectionErrors.first.map { words($0.error) } ?? "no such host"
        case ChannelError.connectTimeout: "nothing answers there"
        default: PlainText.line("\(error)")
        }
    }
}
