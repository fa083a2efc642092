// A message of the quarantine as it was before it came there: its octets, and what is known of it.
// Must not give out an octet that the server did not send.

import Mail
import SystemPackage

/// Reads an original, chunk by chunk. It stays readable when the message is deleted meanwhile.
package struct QuarantineReader: ~Copyable, Sendable {
    package let identifier: QuarantineIdentifier
    package let folder: QuarantineFolder
    package let origin: MessageOrigin
    /// Octets of the original.
    package let count: Int
    /// When it came; microseconds from 1970 on.
    package let microseconds: Int64

    private let file: OpenFile
    /// Where the original begins.
    private let start: Int
    private var position: Int
    /// What was read already, from the file's beginning on.
    private let beginning: [UInt8]

    /// Throws ``QuarantineError/damaged(path:)`` if the file is not as long as its name says, or has no metadata.
    init(_ file: consuming OpenFile, _ name: MessageName, in folder: QuarantineFolder) throws(QuarantineError) {
        let path = file.path
        guard try Int(file.status().size) == name.size else { throw .damaged(path: path) }
        var beginning = try file.read(at: 0, most: QuarantineLimits.firstReadOctets)
        guard let start = MetadataBlock.octets(of: beginning) else { throw .damaged(path: path) }
        if start > beginning.count { beginning = try file.read(at: 0, most: start) }
        guard let origin = MetadataBlock.decode(Array(beginning.prefix(start))) else { throw .damaged(path: path) }
        self.file = file
        self.folder = folder
        self.origin = origin
        self.start = start
        self.beginning = beginning
        identifier = name.identifier
        microseconds = name.microseconds
        count = name.size - start
        position = start
    }

    /// The next octets; none at the end.
    package mutating func next(most: Int = QuarantineLimits.chunkOctets) throws(QuarantineError) -> [UInt8] {
        let wanted = min(most, start + count - position)
        guard wanted > 0 else { return [] }
        let octets = try file.read(at: position, most: wanted)
        guard octets.count == wanted else { throw .damaged(path: file.path) }
        position += octets.count
        return octets
    }

    /// The header of the original, or its beginning.
    func header() throws(QuarantineError) -> HeaderBlock {
        let block = HeaderBlock(Array(beginning.dropFirst(start)))
        guard !block.isTerminated, beginning.count < start + count else { return block }
        return HeaderBlock(try file.read(at: start, most: min(count, QuarantineLimits.headerOctets)))
    }
}

extension MessageQuarantine {
    /// Opens an original. Throws ``QuarantineError/notFound(_:)`` or ``QuarantineError/damaged(path:)``.
    package func reader(of identifier: QuarantineIdentifier) throws(QuarantineError) -> QuarantineReader {
        try find(identifier) { (maildir, entry) throws(QuarantineError) in
            try reader(of: entry, in: maildir)
        }
    }

    /// Nil if it is gone.
    func reader(
        of entry: Maildir.Entry,
        in maildir: borrowing Maildir
    ) throws(QuarantineError) -> QuarantineReader? {
        guard let file = try maildir.open(entry) else { return nil }
        return try QuarantineReader(file, entry.name, in: maildir.folder)
    }
}
