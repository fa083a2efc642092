// Looks at what is in attached files: their types, and the files in zip archives, also in one another.
// Must not look at a part twice, nor unpack more than one message may cost; what it leaves out it says.

/// Reads the attached files of one message.
///
/// ```swift
/// var reader = AttachmentReader(message)
/// for part in message.parts {
///     for file in reader.files(in: part) where file.names.contains(where: { $0.fileExtension == Array("exe".utf8) }) {
///         …
///     }
/// }
/// ```
public struct AttachmentReader: Sendable {
    private let message: Message
    private var named: [Int: AttachedFile] = [:]
    private var found: [Int: [AttachedFile]] = [:]
    /// What is left of the message's budgets.
    private var entriesLeft: Int
    private var octetsLeft: Int

    /// Nothing is looked at yet.
    public init(_ message: Message) {
        self.message = message
        entriesLeft = message.limits.archiveEntries
        octetsLeft = message.limits.archiveOctets
    }

    /// The file that a part of the message is, as far as its header tells.
    public mutating func file(of part: Part) -> AttachedFile {
        if let file = named[part.index] { return file }
        let file = part.attachedFile(limits: message.limits)
        named[part.index] = file
        return file
    }

    /// The file that a part of the message is, and the files in it if it is an archive, each before those in it. A part
    /// with parts in it is a file by its name only.
    public mutating func files(in part: Part) -> [AttachedFile] {
        if let files = found[part.index] { return files }
        let files = part.isContainer ? [file(of: part)] : read(part)
        found[part.index] = files
        return files
    }

    private mutating func read(_ part: Part) -> [AttachedFile] {
        var file = file(of: part)
        file.types = FileType.types(of: message.decodedHead(of: part, upTo: FileType.lengthToTell).span)
        guard file.types.contains(where: \.mayPrecedeArchive) || file.names.contains(where: \.isOfArchive) else {
            return [file]
        }
        return read(file, octets: message.decodedBody(of: part))
    }

    /// An archive that is still to be looked into.
    private struct Opened {
        let octets: [UInt8]
        /// Its place in the list of files.
        let index: Int
    }

    /// Looks into one file after the other; a file's octets are given up as soon as it has been looked into.
    private mutating func read(_ file: AttachedFile, octets: [UInt8]) -> [AttachedFile] {
        var files = [file]
        var next = [Opened(octets: octets, index: 0)]
        while let opened = next.popLast() {
            OLEContents.note(opened.octets, in: &files[opened.index])
            if files[opened.index].types.contains(where: \.isUnknownArchive) {
                files[opened.index].note(.unknownArchive)
            }
            guard ZipArchive.isOne(opened.octets) else { continue }
            if !files[opened.index].types.contains(.zip) { files[opened.index].types.append(.zip) }
            guard files[opened.index].depth < message.limits.archiveDepth else {
                files[opened.index].note(.tooDeep)
                continue
            }
            list(opened, into: &files, &next)
        }
        return files
    }

    private mutating func list(_ opened: Opened, into files: inout [AttachedFile], _ next: inout [Opened]) {
        let archive = ZipArchive(opened.octets, limit: entriesLeft)
        entriesLeft -= archive.entries.count
        for defect in archive.defects { files[opened.index].note(defect) }
        for entry in archive.entries where !entry.isFolder {
            let names = entry.names.flatMap(FileName.readings)
            let defects = names.flatMap { $0.defectsInArchive() }
            var file = AttachedFile(names: names, defects: [], depth: files[opened.index].depth + 1)
            for defect in defects { file.note(defect) }
            if names.contains(where: \.isOfMacros), !files[opened.index].types.contains(.macros) {
                files[opened.index].types.append(.macros)
            }
            let contents = unpacked(entry, of: opened.octets, noting: &file)
            files.append(file)
            if let contents { next.append(Opened(octets: contents, index: files.count - 1)) }
        }
    }

    // MARK: Files in archives

    /// Tells what type a file in an archive has; its octets if it has to be looked into.
    private mutating func unpacked(
        _ entry: ZipArchive.Entry,
        of archive: [UInt8],
        noting file: inout AttachedFile
    ) -> [UInt8]? {
        if entry.isEncrypted { file.note(.encrypted) }
        guard !entry.isEncrypted, let data = entry.data else { return nil }
        guard let head = unpack(entry, data, of: archive, upTo: Limits.archivedHeadLength, noting: &file) else {
            return nil
        }
        file.types = FileType.types(of: head.span)
        if file.types.contains(where: \.isUnknownArchive) { file.note(.unknownArchive) }
        guard file.types.contains(where: \.mayHoldFiles) || file.names.contains(where: \.isOfArchive) else {
            return nil
        }
        let most = min(octetsLeft, max(Limits.archiveRatioFrom, data.count * message.limits.archiveRatio))
        return unpack(entry, data, of: archive, upTo: most, isWhole: true, noting: &file)
    }

    /// Unpacks a file in an archive, up to a number of octets; nil, and noted, if it cannot be done.
    private mutating func unpack(
        _ entry: ZipArchive.Entry,
        _ data: Range<Int>,
        of archive: [UInt8],
        upTo count: Int,
        isWhole: Bool = false,
        noting file: inout AttachedFile
    ) -> [UInt8]? {
        switch entry.method {
        case 0:
            if isWhole, data.count > octetsLeft {
                file.note(.tooLarge)
                return nil
            }
            let octets = Array(archive[data.prefix(isWhole ? data.count : count)])
            octetsLeft = max(0, octetsLeft - octets.count)
            return octets
        case 8: break
        default:
            file.note(.unknownArchive)
            return nil
        }
        let isBoundByRatio = count < octetsLeft
        let cost = isWhole ? octetsLeft : min(octetsLeft, Limits.archivedHeadCost)
        var inflater = Inflater(archive, in: data, upTo: min(count, octetsLeft), costLimit: cost)
        let outcome = inflater.run()
        octetsLeft = max(0, octetsLeft - inflater.cost)
        switch outcome {
        case .complete: return inflater.output
        case .tooLong where !isWhole && inflater.output.count == count: return inflater.output
        case .tooLong: file.note(isWhole && isBoundByRatio ? .tooCompressed : .tooLarge)
        case .damaged: file.note(.damaged)
        }
        // What there is says what it is, if not what is in it.
        return isWhole || inflater.output.isEmpty ? nil : inflater.output
    }
}

extension FileName {
    /// Whether programs open it as an archive by its name.
    var isOfArchive: Bool { Self.archives.contains(String(decoding: fileExtension.map(\.lowercased), as: UTF8.self)) }

    /// Whether it is that of macros in Office's archives.
    var isOfMacros: Bool {
        String(decoding: text.map(\.lowercased), as: UTF8.self).hasSuffix("vbaproject.bin")
    }

    private static let archives: Set<String> = Set(
        """
        zip zipx jar war ear apk xpi crx nupkg whl epub ipa kmz cbz docx docm dotx dotm xlsx xlsm xltx xltm xlsb xlam pptx
        pptm potx potm ppsx ppsm odt ods odp odg ott msix appx vsix oxt
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )

    /// What is odd about it as a name in an archive, where folders are usual: but not those that lead out of it.
    func defectsInArchive() -> [AttachmentDefect] {
        let folders = text.split(omittingEmptySubsequences: false) { $0 == .slash || $0 == .backslash }
        let leadsOut = folders.first?.isEmpty ?? false || folders.contains { $0.elementsEqual("..".utf8) }
        return defects.filter { $0 != .path || leadsOut || text.contains(.colon) }
    }
}

extension FileType {
    /// Whether a file in an archive is to be unpacked for what is in it.
    var mayHoldFiles: Bool { self == .zip || self == .ole }
}

extension Message {
    /// The first octets of what `part` is when its transfer encoding is undone: `count` of them if there are so many.
    func decodedHead(of part: Part, upTo count: Int) -> [UInt8] {
        var defects = Defects()
        var length = count * 2
        while true {
            let range = part.body.prefix(length)
            let head = part.octets.withOctets(in: range) {
                TransferDecoder.decode($0, part.encoding, noting: &defects)
            }
            if head.count >= count || range.count == part.body.count { return head }
            // There may be much that stands for nothing.
            length *= 4
        }
    }
}

/// What in an OLE2 container is of interest, by the names of its streams.
private enum OLEContents {
    static func note(_ octets: [UInt8], in file: inout AttachedFile) {
        guard file.types.contains(.ole) else { return }
        if contains(macros, octets) { file.types.append(.macros) }
        if contains(encrypted, octets) { file.note(.encrypted) }
    }

    private static let macros = wide("_VBA_PROJECT")
    private static let encrypted = wide("EncryptedPackage")

    private static func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }

    private static func contains(_ name: [UInt8], _ octets: [UInt8]) -> Bool {
        octets.span.firstIndex(of: name, below: octets.count) != nil
    }
}
