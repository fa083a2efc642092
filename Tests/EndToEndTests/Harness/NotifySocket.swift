// The socket on which a service manager hears from services (sd_notify(3)).
// Must not share code with the program under test.

import Foundation
import Glibc

/// Keeps what it is told, in order.
final class NotifySocket: Sendable {
    /// As `NOTIFY_SOCKET` has it.
    let name: String
    private let descriptor: Int32

    enum Kind: CaseIterable, Sendable {
        case path
        case abstract
    }

    init(_ kind: Kind, in folder: Folder) throws {
        name = kind == .path ? folder["notify"] : "@\(folder.path)/notify"
        let path = kind == .path ? name : "\0" + name.dropFirst()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // Invariant: the paths of temporary folders fit.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        let size = socklen_t(MemoryLayout<sa_family_t>.size + path.utf8.count + (kind == .path ? 1 : 0))
        // Invariant: the pointers are to a local value that outlives the call.
        let bound = unsafe withUnsafePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, size) }
        }
        guard bound == 0 else { throw TooLate(what: "the socket \(name): \(errno)") }
    }

    deinit { close(descriptor) }

    /// The next thing that was told; nil if nothing was.
    func next() -> [Substring]? {
        var octets = [UInt8](repeating: 0, count: 4_096)
        // Invariant: no more is read than there is room for.
        let count = unsafe recv(descriptor, &octets, octets.count, 0)
        return count < 0 ? nil : String(decoding: octets[..<count], as: UTF8.self).split(separator: "\n")
    }

    /// Waits for one that has such a line, and forgets all that comes before it.
    func waitFor(_ line: String) async throws -> [Substring] {
        try await eventually("to be told \(line)") {
            while let told = next() { if told.contains(Substring(line)) { return told } }
            return nil
        }
    }

    /// How often a line was told, of what was not looked at yet.
    func count(_ line: String) -> Int {
        var count = 0
        while let told = next() { count += told.contains(Substring(line)) ? 1 : 0 }
        return count
    }
}
