// The audit log as its readers see it: a file of JSON lines.
// Must not share code with the writer.

import Foundation

/// An audit log that is being written.
struct AuditTrail: Sendable {
    let path: String

    /// All whole lines so far.
    func lines() throws -> [AuditLine] {
        guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
        return try bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(AuditLine.init(bytes:))
    }

    func lines(_ event: String) throws -> [AuditLine] {
        try lines().filter { $0.event == event }
    }

    /// The line of each message that tells its end.
    func messageEnds() throws -> [AuditLine] {
        try lines().filter { $0.event == "message_ended" || ($0.event == "message" && $0["ended"] == nil) }
    }

    /// Waits until there are `count` lines of this event.
    func waitFor(_ event: String, count: Int = 1) async throws -> [AuditLine] {
        try await eventually("\(count) of audit event \(event) in \(path)") {
            let found = try lines(event)
            return found.count >= count ? found : nil
        }
    }
}

/// One audit line.
struct AuditLine: Sendable, CustomStringConvertible {
    private let value: JSON
    let description: String

    init(bytes: Data) throws {
        description = String(decoding: bytes, as: UTF8.self)
        value = try JSONDecoder().decode(JSON.self, from: Data(bytes))
    }

    var event: String { self["event"]?.text ?? "" }

    subscript(field: String) -> JSON? { value[field] }
}
