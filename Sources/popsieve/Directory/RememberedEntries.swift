// What a directory has said of logins that it let in, for a short time: a mail program polls, and asks the same again.
// Must not hold a client's password: who asks is known by a digest that means nothing outside this process.

import NIOCore
import Relay
import TLS

/// Entries by user, password and client.
struct RememberedEntries {
    private struct Entry {
        var entry: DirectoryEntry
        var until: NIODeadline
    }

    /// Beyond that those that have been there longest go.
    static let most = 10_000

    private let time: TimeAmount
    private let salt: [UInt8]
    private var entries: [[UInt8]: Entry] = [:]
    /// In the order in which they came.
    private var keys: [[UInt8]] = []

    /// - Parameter time: zero: nothing is remembered
    init(for time: TimeAmount) {
        self.time = time
        var generator = SystemRandomNumberGenerator()
        salt = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    subscript(question: DirectoryQuestion, at now: NIODeadline) -> DirectoryEntry? {
        guard time > .zero, let key = key(question), let entry = entries[key], entry.until > now else { return nil }
        return entry.entry
    }

    mutating func add(_ entry: DirectoryEntry, for question: DirectoryQuestion, at now: NIODeadline) {
        guard time > .zero, let key = key(question) else { return }
        entries[key] = Entry(entry: entry, until: now + time)
        keys.append(key)
        while let first = keys.first, keys.count > Self.most || isOver(first, now) { entries[keys.removeFirst()] = nil }
    }

    private func isOver(_ key: [UInt8], _ now: NIODeadline) -> Bool { entries[key].map { $0.until <= now } ?? true }

    mutating func remove(_ question: DirectoryQuestion) {
        if let key = key(question) { entries[key] = nil }
    }

    private func key(_ question: DirectoryQuestion) -> [UInt8]? {
        // Lengths keep the parts apart.
        let parts = [question.user, question.password.octets, Array(question.clientAddress.utf8)]
        let text = parts.flatMap { Array("\($0.count):".utf8) + $0 }
        return SHA256.digest(of: salt + text + [question.tlsVersion == nil ? 0 : 1])
    }
}
