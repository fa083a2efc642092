// Standard input as it comes: a pipe's lines when they are written, not when there are many.
// Must not wait for more than there is.

import ArgumentParser
import SystemPackage

/// This process's standard input.
enum StandardInput {
    private static let chunk = 65_536

    /// What is there, at least one octet; none at its end. Foundation's own way waits until all that was asked for has
    /// come, so that a line would be an hour late.
    static func read() throws -> [UInt8] {
        do {
            // Invariant: the area is the array's own, and read(2) says how much of it was filled.
            return try unsafe [UInt8](unsafeUninitializedCapacity: chunk) { area, count in
                // Invariant: the same.
                count = try unsafe FileDescriptor.standardInput.read(into: UnsafeMutableRawBufferPointer(area))
            }
        } catch {
            throw Exit.saying(Finding(UnreadableFile(error, at: ""), "standard input"), Exit.noInput)
        }
    }

    /// The first line, without its line end; what is longer than so many octets is no line.
    static func firstLine(upTo longest: Int) throws -> [UInt8] {
        var text: [UInt8] = []
        while !text.contains(0x0A), text.count <= longest {
            let more = try read()
            if more.isEmpty { break }
            text += more
        }
        let line = text.prefix { $0 != 0x0A }
        return Array(line.last == 0x0D ? line.dropLast() : line)
    }
}
