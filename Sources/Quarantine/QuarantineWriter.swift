// A message on its way into the quarantine.
// Must not let anybody see it before it is whole and on the disk.

import Mail
import Synchronization

/// Takes a message's octets as they come. What is not committed is removed when the writer goes.
package struct QuarantineWriter: ~Copyable, Sendable {
    private let quarantine: MessageQuarantine
    private let maildir: Maildir
    private let temporary: Directory
    private let temporaryName: String
    private let file: OpenFile
    private let microseconds: Int64
    /// Metadata and message so far; room for it is promised.
    private var sum: QuarantineSum
    private var isOpen = true

    /// The message's name from ``commit()`` on; a notice may be written before.
    package let identifier: QuarantineIdentifier

    static func open(
        _ quarantine: MessageQuarantine,
        _ folder: QuarantineFolder,
        _ origin: MessageOrigin,
        _ microseconds: Int64
    ) throws(QuarantineError) -> QuarantineWriter {
        let date = MailDate(secondsSince1970: microseconds / 1_000_000).description
        let block = try MetadataBlock.encode(origin, date: date)
        try quarantine.promise(QuarantineSum(messages: 1, octets: block.count))
        var writer = try start(quarantine, folder, microseconds, octets: block.count)
        try writer.put(block.span)
        return writer
    }

    private static func start(
        _ quarantine: MessageQuarantine,
        _ folder: QuarantineFolder,
        _ microseconds: Int64,
        octets: Int
    ) throws(QuarantineError) -> QuarantineWriter {
        let sum = QuarantineSum(messages: 1, octets: octets)
        let identifier = QuarantineIdentifier.random()
        let name = "\(microseconds / 1_000_000).R\(identifier).popsieve"
        do throws(QuarantineError) {
            let maildir = try quarantine.maildir(folder)
            let temporary = try maildir.temporary()
            let file = try temporary.create(name)
            return Self(quarantine, maildir, temporary, name, file, microseconds, sum, identifier)
        } catch {
            quarantine.ledger.withLock { $0.withdraw(sum) }
            throw error
        }
    }

    private init(
        _ quarantine: MessageQuarantine,
        _ maildir: consuming Maildir,
        _ temporary: consuming Directory,
        _ temporaryName: String,
        _ file: consuming OpenFile,
        _ microseconds: Int64,
        _ sum: QuarantineSum,
        _ identifier: QuarantineIdentifier
    ) {
        self.quarantine = quarantine
        self.maildir = maildir
        self.temporary = temporary
        self.temporaryName = temporaryName
        self.file = file
        self.microseconds = microseconds
        self.sum = sum
        self.identifier = identifier
    }

    deinit {
        guard isOpen else { return }
        let sum = sum
        quarantine.ledger.withLock { $0.withdraw(sum) }
        // What stays is a leftover that `tidy` removes.
        _ = try? temporary.remove(temporaryName)
    }

    /// Appends; after an error the message is gone, and the writer of no use.
    package mutating func write(_ octets: Span<UInt8>) throws(QuarantineError) {
        let more = QuarantineSum(octets: octets.count)
        do throws(QuarantineError) {
            try quarantine.promise(more)
        } catch {
            abandon()
            throw error
        }
        sum = sum + more
        try put(octets)
    }

    private mutating func put(_ octets: Span<UInt8>) throws(QuarantineError) {
        precondition(isOpen, "a writer that failed was used again")
        do throws(QuarantineError) {
            try file.write(octets)
        } catch {
            abandon()
            throw error
        }
    }

    private mutating func abandon() {
        guard isOpen else { return }
        isOpen = false
        let sum = sum
        quarantine.ledger.withLock { $0.withdraw(sum) }
        _ = try? temporary.remove(temporaryName)
    }

    /// Makes the message visible; returns when it is on the disk, with its folder.
    package consuming func commit() throws(QuarantineError) -> QuarantineIdentifier {
        precondition(isOpen, "a writer that failed was used again")
        try file.sync()
        let folder = try maildir.box(.new)
        let name = MessageName(identifier, microseconds: microseconds, size: sum.octets).text
        try show(in: folder, as: name)
        do throws(QuarantineError) {
            try folder.sync()
        } catch {
            // It may be on the disk or not: nobody is promised that it is.
            try hide(in: folder, name)
            throw error
        }
        return identifier
    }

    private func hide(in folder: borrowing Directory, _ name: String) throws(QuarantineError) {
        guard try folder.remove(name) else { return }
        let sum = sum
        quarantine.ledger.withLock { $0.remove(sum) }
    }

    private mutating func show(in folder: borrowing Directory, as name: String) throws(QuarantineError) {
        // One step with the sums, so that a count sees it once.
        try quarantine.ledger.withLock { (ledger) throws(QuarantineError) in
            try temporary.move(temporaryName, to: folder, as: name)
            ledger.keep(sum)
        }
        isOpen = false
    }
}
