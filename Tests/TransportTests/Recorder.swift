// The owner of a connection that keeps what it is told, for tests that wait on another thread.
// Must not answer anybody.

import NIOCore
import Synchronization
import TLS
import Transport

/// What did not come in time.
struct Missing: Error, CustomStringConvertible {
    let description: String
}

final class Recorder: Connection.Owner, Sendable {
    struct Seen {
        /// Events but for octets, in order.
        var events: [String] = []
        var octets: [UInt8] = []
    }

    private let seen = Mutex(Seen())

    func happened(_ event: Connection.Event) {
        seen.withLock { seen in
            switch event {
            case .secured(let handshake): seen.events.append("secured \(handshake.version)")
            case .received(let buffer):
                seen.octets += buffer.readableBytesView
                if seen.events.last == "closed" { seen.events.append("received behind the end") }
            case .inputEnded: seen.events.append("input ended")
            case .writable: seen.events.append("writable")
            case .failed(let error): seen.events.append("failed: \(error)")
            case .closed: seen.events.append("closed")
            }
        }
    }

    var events: [String] { seen.withLock { $0.events } }
    var octets: [UInt8] { seen.withLock { $0.octets } }
    var text: String { String(decoding: octets, as: UTF8.self) }

    func waits(for what: String, until isThere: (Seen) -> Bool) async throws {
        try await eventually(what) { isThere(seen.withLock { $0 }) }
    }

    /// The events up to the end.
    func ended() async throws -> [String] {
        try await waits(for: "the end") { $0.events.last == "closed" }
        return events
    }
}

/// Waits until something holds.
func eventually(_ what: String, _ isTrue: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !isTrue() {
        guard ContinuousClock.now < deadline else { throw Missing(description: "\(what) did not come") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
