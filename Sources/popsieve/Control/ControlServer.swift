// The control socket of a relay that runs: listens, and has requests answered.
// Must not keep the relay from serving: where there can be no socket, it serves without.

import Foundation
import Logging
import NIOCore
import NIOPosix

/// Listens on one path.
struct ControlServer: Sendable {
    let path: String
    private let socket: ControlSocket
    private let server: LocalServer

    /// The first of `paths` that can be had; nil, and the log says why, where none can.
    static func open(
        _ paths: [String],
        on group: any EventLoopGroup,
        _ log: Logger,
        _ respond: @escaping ControlResponder
    ) async -> ControlServer? {
        var reasons: [String] = []
        for path in paths {
            do {
                return try await open(path, on: group, respond)
            } catch ControlSocket.Failure.taken {
                let message =
                    "another relay is steered from there: this one serves without; give it a path with \"control\""
                log.warning("\(message)", metadata: ["control": "\(path)"])
                return nil
            } catch ControlSocket.Failure.impossible(let reason, let fix) {
                reasons.append("\(reason); \(fix)")
            } catch {
                reasons.append("\(path): \(UnreadableFile(error, at: path))")
            }
        }
        guard let reason = reasons.first else { return nil }
        log.warning("no control socket: top, reload and stop can't reach this relay", metadata: ["reason": "\(reason)"])
        return nil
    }

    private static func open(
        _ path: String,
        on group: any EventLoopGroup,
        _ respond: @escaping ControlResponder
    ) async throws -> ControlServer {
        let socket = try ControlSocket.take(path)
        do {
            let address = try SocketAddress(unixDomainSocketPath: path)
            let server = try await LocalServer.bind(to: address, on: group, most: ControlLimits.connections) {
                channel,
                seat in
                try channel.pipeline.syncOperations.addHandler(ControlConnection(seat, respond))
            }
            // Who connects before is asked by the kernel who they are all the same.
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
            return ControlServer(path: path, socket: socket, server: server)
        } catch {
            socket.giveUp()
            throw error
        }
    }

    /// Nobody is accepted any more, and another relay may have the place; whoever waits for an answer goes on waiting.
    func giveWay() async {
        await server.stopAccepting()
        socket.giveUp()
    }

    /// Nobody is accepted any more; whoever waits for an answer has a moment to get it.
    func closeSoon() async {
        await server.closeSoon(ControlLimits.farewell)
        socket.giveUp()
    }
}
