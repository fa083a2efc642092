// The relay that runs when another one takes its place: hands over its listening sockets, and is told to end.
// Must not change anything of it before the new one serves: what fails until then leaves it as it was.

import Logging
import NIOCore
import Relay
import Transport

/// A relay on whose sockets this one listens, too.
struct Predecessor: Sendable {
    let client: ControlClient
    let sockets: InheritedSockets
    let log: Logger

    /// Asks the relay at the first of these control sockets for its listening sockets; nil where none runs.
    ///
    /// - Throws: `ControlFault` where it can't do it
    static func find(_ paths: [String], _ log: Logger) async throws -> Predecessor? {
        for path in paths {
            do {
                let sockets = try await handOver(by: ControlClient(path: path))
                return Predecessor(client: ControlClient(path: path), sockets: sockets, log: log)
            } catch let fault as ControlFault {
                throw fault
            } catch let error as ControlClient.Unreachable where error.isAbsent {
                let metadata: Logger.Metadata = ["control": "\(path)", "reason": "\(error.message)"]
                log.notice("no relay to take over from", metadata: metadata)
            } catch let error as ControlClient.Unreachable {
                // Whatever is there would go on where this relay is meant to be.
                throw ControlFault(message: "\(path): \(error.message)", fix: error.fix)
            } catch {
                let reason = NetworkReason(error)
                let message = "the relay that runs has not handed over its listening sockets: \(reason)"
                throw ControlFault(message: message, fix: "see its log, and try again")
            }
        }
        return nil
    }

    private static func handOver(by client: ControlClient) async throws -> InheritedSockets {
        let place = try place(beside: client)
        defer { place.giveUp() }
        let handover: SocketHandover
        do throws(IOError) {
            handover = try SocketHandover(at: place.path)
        } catch {
            let reason = UnreadableFile(error, at: place.path)
            throw ControlFault(message: "\(place.path): \(reason)", fix: "see to it, and try again")
        }
        let answers = try await client.answers(to: .handOver(to: place.path))
        guard case .handedOver(let count)? = answers.first else {
            throw ControlFault(message: "the relay that runs has not said what came of it", fix: "see its log")
        }
        let descriptors = try handover.received()
        guard descriptors.count == count else {
            throw ControlFault(message: "\(descriptors.count) of \(count) listening sockets came", fix: "try again")
        }
        return try InheritedSockets(descriptors.map { ($0, nil) }, mustBeUsed: false)
    }

    /// Where the sockets are waited for, by one relay at a time, in a folder in which nobody else may write.
    private static func place(beside client: ControlClient) throws -> ControlSocket {
        do throws(ControlSocket.Failure) {
            return try ControlSocket.take(client.path + ".heir")
        } catch {
            switch error {
            case .taken:
                let message = "another relay is about to take the place of the one that runs"
                throw ControlFault(message: message, fix: "see which serves: popsieve status")
            case .impossible(let reason, let fix): throw ControlClient.Unreachable(message: reason, fix: fix)
            }
        }
    }

    /// Has it accept nobody any more, and end with its last session. Its control socket and the address of its metrics are
    /// free when this returns.
    func end() async {
        struct Enough: Error {}
        do {
            try await client.ask(.stop(now: false, givesWay: true)) { answer in
                if case .draining(let sessions) = answer {
                    log.notice("the relay before this one gives way", metadata: ["sessions": "\(sessions)"])
                    throw Enough()
                }
            }
        } catch is Enough {
            return
        } catch {
            let said = (error as? ControlClient.Unreachable)?.message ?? (error as? ControlFault)?.message
            let reason = said ?? NetworkReason(error).description
            log.warning("the relay before this one can't be told to end", metadata: ["reason": "\(reason)"])
        }
    }
}
