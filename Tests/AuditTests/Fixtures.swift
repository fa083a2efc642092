// What the audit tests share: a session, a moment, a folder that goes away, and a way to read lines back strictly.
// Must not know the encoder's insides.

import Audit
import Foundation

let session = AuditSession(id: "k3f9", client: "192.0.2.7", user: Array("me@example.com".utf8), upstream: "office")

/// 2026-11-23T08:15:04.123456Z
let moment = AuditTime(seconds: 1_795_421_704, microseconds: 123_456)

/// A short line that can be told from others.
func event(_ number: Int, writer: String = "w") -> AuditEvent {
    .deleted(.init(session: AuditSession(id: writer, client: "192.0.2.7"), number: number, side: .upstream))
}

func lines(_ events: [AuditEvent], limits: AuditLimits = AuditLimits()) -> AuditLines {
    var lines = AuditLines(limits: limits)
    for event in events { lines.append(event, at: moment) }
    return lines
}

func text(_ events: AuditEvent...) -> String {
    String(decoding: lines(events).bytes, as: UTF8.self)
}

/// What is in a file, by line, each parsed by a JSON reader that is not ours.
func objects(at path: String) throws -> [[String: Any]] {
    try objects(in: Data(contentsOf: URL(fileURLWithPath: path)))
}

func objects(in data: Data) throws -> [[String: Any]] {
    try data.split(separator: UInt8(ascii: "\n")).map { line in
        try JSONSerialization.jsonObject(with: line) as? [String: Any] ?? [:]
    }
}

/// A folder for one test; removed with the value that names it.
final class TemporaryFolder {
    let path = NSTemporaryDirectory() + "popsieve-audit-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }
}
