// A growing file, read as it grows, across rotations: renamed, made again, truncated, or not there yet.
// Must not wait or know what is in the file.

import Audit
import Foundation

/// Reads a file on and on. Whoever calls it waits between two calls that bring nothing.
package struct LogFollower {
    /// What a look at the file brought.
    package enum Step: Sendable, Equatable {
        case bytes([UInt8])
        /// The file is read to its end, for now.
        case nothing
        /// This file is over, and what comes next is from another beginning.
        case ended
        /// There is no file of this name, and there was none.
        case missing
    }

    private static let chunk = 256 * 1024

    private let path: String
    private var file: (handle: FileHandle, number: FileIdentity.Number)?
    private var offset = 0

    package init(path: String) {
        self.path = path
    }

    /// Goes on where the last step ended. Throws if the file is there and can't be read.
    package mutating func step() throws -> Step {
        guard let file = try file ?? open() else { return .missing }
        if let bytes = try read(file.handle) { return .bytes(bytes) }
        guard let now = FileIdentity(path: path) else { return .nothing }
        if now.number == file.number {
            guard now.size < offset else { return .nothing }
            try file.handle.seek(toOffset: 0)
            offset = 0
            return .ended
        }
        // A writer goes over to a new file between two lines: once there is something in it, the old one is complete.
        guard now.size > 0 else { return .nothing }
        if let bytes = try read(file.handle) { return .bytes(bytes) }
        return try goOn(after: file.number) ? .ended : .nothing
    }

    /// Opens what was begun after a file that is over: where it has a number, several may have been, and the next one
    /// has the number before. False if they were renamed meanwhile.
    private mutating func goOn(after old: FileIdentity.Number) throws -> Bool {
        let names = LogFiles.rotated(of: path)
        let name = names.first { FileIdentity(path: $0)?.number == old }
        let next = name.flatMap { name in names.drop { $0 != name }.dropFirst().first } ?? path
        let before = file
        guard try open(next) != nil else { return false }
        if let name, FileIdentity(path: name)?.number != old {
            file = before
            return false
        }
        return true
    }

    /// Begins so far before the end, or at the start of a shorter file. Returns the offset; nil without a file.
    package mutating func begin(beforeEnd distance: Int) throws -> Int? {
        guard let file = try file ?? open() else { return nil }
        let end = try file.handle.seekToEnd()
        offset = max(0, Int(end) - distance)
        try file.handle.seek(toOffset: UInt64(offset))
        return offset
    }

    private mutating func open(_ name: String? = nil) throws -> (handle: FileHandle, number: FileIdentity.Number)? {
        let name = name ?? path
        guard FileIdentity(path: name) != nil else { return nil }
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: name))
        guard let identity = FileIdentity(descriptor: handle.fileDescriptor) else { return nil }
        file = (handle, identity.number)
        offset = 0
        return file
    }

    private mutating func read(_ handle: FileHandle) throws -> [UInt8]? {
        guard let data = try handle.read(upToCount: Self.chunk), !data.isEmpty else { return nil }
        offset += data.count
        return Array(data)
    }
}
