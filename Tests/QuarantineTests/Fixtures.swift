// What the quarantine's tests share: a folder that goes away, messages that can be told from others, ways to look.
// Must not know how the quarantine names its files, beyond the Maildir format.

import ChildProcess
import Foundation
import Glibc
import Quarantine

/// 2026-11-23T08:15:04.123456Z
let moment: Int64 = 1_795_421_704_123_456

func origin(
    user: String = "me@example.com",
    uidl: [UInt8]? = Array("000017b0".utf8),
    number: Int = 3,
    rule: MessageOrigin.Rule? = .init(file: "20-spam.sieve", line: 14)
) -> MessageOrigin {
    MessageOrigin(
        user: Array(user.utf8),
        upstream: "office",
        uidl: uidl,
        number: number,
        session: "k3f9",
        rule: rule,
        verdict: "quarantined"
    )
}

/// A message of a header and a body of so many octets.
func mail(from sender: String = "a@example.com", subject: String = "hello", body: Int = 20) -> [UInt8] {
    let date = "Mon, 23 Nov 2026 08:00:00 +0100"
    let header = "From: \(sender)\r\nSubject: \(subject)\r\nDate: \(date)\r\n\r\n"
    return Array(header.utf8) + Array(repeating: UInt8(ascii: "x"), count: body)
}

/// Octets that look like no others; up to 150,000.
func noise(_ number: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<(number * 7_919) % 150_000).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}

extension MessageQuarantine {
    @discardableResult
    func put(
        _ octets: [UInt8],
        _ folder: String = "Spam",
        _ from: MessageOrigin = origin(),
        at time: Int64 = moment
    ) throws -> QuarantineIdentifier {
        try put(octets.span, into: QuarantineFolder(folder), origin: from, at: time)
    }

    func original(of identifier: QuarantineIdentifier) throws -> [UInt8] {
        var reader = try reader(of: identifier)
        var all: [UInt8] = []
        while true {
            let octets = try reader.next()
            if octets.isEmpty { return all }
            all += octets
        }
    }

    func identifiers(_ query: QuarantineQuery = QuarantineQuery()) throws -> [QuarantineIdentifier] {
        try list(query, most: .max).map(\.identifier)
    }

    func folder(_ name: String, _ box: String) throws -> String {
        path + "/" + (try QuarantineFolder(name).directory) + "/" + box
    }
}

/// A folder for one test; removed with the value that names it.
final class TemporaryFolder: Sendable {
    let path = NSTemporaryDirectory() + "popsieve-quarantine-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Where a quarantine is made.
    var root: String { path + "/quarantine" }

    func quarantine(_ limits: QuarantineLimits = QuarantineLimits()) throws -> MessageQuarantine {
        try MessageQuarantine(root: root, limits: limits)
    }
}

func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// Regular files anywhere below, from the folder on.
func files(below folder: String) -> [String] {
    let manager = FileManager.default
    return (manager.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).filter { path in
        let type = try? manager.attributesOfItem(atPath: folder + "/" + path)[.type] as? FileAttributeType
        return type == .typeRegular && !path.hasSuffix("maildirfolder")
    }.sorted()
}

func mode(_ path: String) throws -> Int? {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
}

func remember(_ path: String, written date: Date) throws {
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
}

/// A program of this machine, if it is there.
func program(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin:/usr/sbin").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
}

/// Runs a program to its end; nil if it failed.
func output(of name: String, _ arguments: [String], in folder: TemporaryFolder) async throws -> String? {
    guard let path = program(name) else { return nil }
    let file = folder.path + "/output-" + UUID().uuidString
    guard FileManager.default.createFile(atPath: file, contents: nil), let handle = FileHandle(forWritingAtPath: file)
    else { return nil }
    let status = try await ChildProcess(path: path, arguments, output: handle, errors: handle).end()
    let text = try String(contentsOfFile: file, encoding: .utf8)
    return status == 0 ? text : nil
}
