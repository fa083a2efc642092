// What is in a zip archive (PKWARE's APPNOTE.TXT), by its directory and by what its files say of themselves.
// Must not unpack, nor choose where the two differ: readers do either, so both are told.

/// The files of a zip archive.
struct ZipArchive {
    /// A file in it.
    struct Entry {
        /// What it may be called: as the directory says, as stands before its octets, in each charset in question.
        var names: [[UInt8]] = []
        var method = 0
        var isEncrypted = false
        /// Where its octets are; nil if the directory leads nowhere.
        var data: Range<Int>?
        /// Whether there is nothing in it and its name ends like that of a folder.
        var isFolder = false
    }

    private(set) var entries: [Entry] = []
    private(set) var defects: [AttachmentDefect] = []
    private let octets: [UInt8]
    /// How many files may be listed.
    private let limit: Int
    /// What of the archive is accounted for: files with their heads, the directory.
    private var known: [Range<Int>] = []

    /// Whether `octets` are an archive: one begins there, or a directory ends there.
    static func isOne(_ octets: [UInt8]) -> Bool {
        octets.span.little32(at: 0) == ZipSignature.file || ZipDirectoryEnd.find(in: octets) != nil
    }

    /// Lists up to `limit` files of `octets`.
    init(_ octets: [UInt8], limit: Int) {
        self.octets = octets
        self.limit = limit
        if let end = ZipDirectoryEnd.find(in: octets) { readDirectory(end) } else { note(.damaged) }
        readUnlisted()
    }

    private mutating func note(_ defect: AttachmentDefect) {
        if !defects.contains(defect) { defects.append(defect) }
    }

    private mutating func append(_ entry: Entry) -> Bool {
        guard entries.count < limit else {
            note(.tooManyFiles)
            return false
        }
        entries.append(entry)
        return true
    }

    // MARK: The directory

    private mutating func readDirectory(_ end: ZipDirectoryEnd) {
        if end.isAmbiguous { note(.ambiguousArchive) }
        if end.isOfSeveral { note(.damaged) }
        known.append(end.range)
        var hasOne = end.count == 0 && end.size == 0
        for start in end.starts where octets.span.little32(at: start) == ZipSignature.directory {
            // Two places where a directory may be: readers take either.
            if hasOne { note(.ambiguousArchive) }
            hasOne = true
            let (count, stop) = readDirectory(from: start, shift: start - end.offset)
            known.append(start..<stop)
            if count & 0xFFFF != end.count & 0xFFFF || stop != end.range.lowerBound && !defects.contains(.tooManyFiles)
            {
                note(.ambiguousArchive)
            }
        }
        if !hasOne { note(.damaged) }
    }

    /// Reads entries as long as there are any; how many there were, and where they end.
    private mutating func readDirectory(from start: Int, shift: Int) -> (count: Int, end: Int) {
        var position = start
        var count = 0
        while let record = ZipRecord(directoryAt: position, in: octets.span) {
            count += 1
            guard append(entry(of: record, shift: shift)) else { break }
            position = record.end
        }
        if octets.span.little32(at: position) == ZipSignature.directory { note(.damaged) }
        return (count, position)
    }

    /// A file as the directory has it, compared with what stands before its octets.
    private mutating func entry(of record: ZipRecord, shift: Int) -> Entry {
        var entry = Entry(record, in: octets)
        let places = [record.localOffset + shift, record.localOffset]
        let heads = places.lazy.compactMap { [octets] in ZipRecord(fileAt: $0, in: octets.span) }
        guard let head = heads.first else {
            note(.damaged)
            return entry
        }
        let end = head.end.addingReportingOverflow(record.packedSize)
        if end.overflow || end.partialValue > octets.count {
            note(.damaged)
            known.append(head.start..<head.end)
        } else {
            entry.data = head.end..<end.partialValue
            known.append(head.start..<end.partialValue)
        }
        if !head.agrees(with: record, in: octets.span) {
            note(.ambiguousArchive)
            entry.add(namesOf: head, in: octets)
            entry.isEncrypted = entry.isEncrypted || head.isEncrypted
            entry.isFolder = entry.isFolder && head.isEmpty
        }
        return entry
    }

    // MARK: What no directory lists

    /// Finds files that stand between those that are listed: somebody who reads from front to back sees them.
    private mutating func readUnlisted() {
        var position = 0
        for range in known.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound < position { note(.ambiguousArchive) }
            readFiles(in: position..<max(position, range.lowerBound))
            position = max(position, range.upperBound)
        }
        readFiles(in: position..<max(position, octets.count))
    }

    private mutating func readFiles(in gap: Range<Int>) {
        var position = gap.lowerBound
        while position + ZipRecord.fileHeadLength <= gap.upperBound {
            guard octets[position] == 0x50, let head = ZipRecord(fileAt: position, in: octets.span), head.isPlausible,
                head.end <= gap.upperBound
            else {
                position += 1
                continue
            }
            note(.ambiguousArchive)
            var entry = Entry(head, in: octets)
            // Behind its octets stands what was not known before them.
            let isOpen = head.hasSizesBehind && head.packedSize == 0
            let stop = isOpen ? gap.upperBound : min(gap.upperBound, head.end + min(head.packedSize, gap.count))
            entry.data = head.end..<stop
            guard append(entry) else { return }
            position = isOpen ? head.end : stop
        }
    }
}

extension ZipArchive.Entry {
    fileprivate init(_ record: ZipRecord, in octets: [UInt8]) {
        method = record.method
        isEncrypted = record.isEncrypted
        add(namesOf: record, in: octets)
        let last = record.name.last.map { octets[$0] }
        isFolder = record.isEmpty && (last == .slash || last == .backslash)
    }

    /// Adds the names that a record has: as it says they are written, and as Info-ZIP's field has them.
    fileprivate mutating func add(namesOf record: ZipRecord, in octets: [UInt8]) {
        let name = Array(octets[record.name.suffix(Limits.archivedNameLength)])
        if name.allSatisfy({ $0 < 0x80 }) {
            add(name)
        } else {
            // Many programs write UTF-8 and don't say so.
            let (text, isValid) = UTF8Text.repaired(name)
            if record.isUTF8 || isValid { add(text) }
            if !record.isUTF8 {
                var converted: [UInt8] = []
                if Charset.other("cp437").decode(name[...], into: &converted) != .unknown { add(converted) }
            }
        }
        if let other = record.unicodeName(in: octets.span) {
            add(UTF8Text.repaired(Array(octets[other.suffix(Limits.archivedNameLength)])).text)
        }
    }

    private mutating func add(_ name: [UInt8]) { if !names.contains(name) { names.append(name) } }
}
