// The name of an attached file: as it is shown, as it will be on disk, its extension, and what is odd about it.
// Must not know where the name stood.

/// A file's name, as somebody who wants to be believed has chosen it.
public struct FileName: Sendable, Equatable {
    /// As a mail program shows it, hidden characters included; UTF-8.
    public let text: [UInt8]
    /// As it is on disk when it is saved: without folders before it, hidden characters, and dots and blanks at its ends;
    /// with characters of full width made plain.
    public let saved: [UInt8]
    /// What stands behind the last dot of `saved`, as it is written; empty if there is no dot.
    public let fileExtension: [UInt8]
    /// What is odd about it, each once.
    public let defects: [AttachmentDefect]

    /// The name `text`, which is UTF-8; octets that are none become U+FFFD.
    public init(_ text: [UInt8]) {
        var reading = FileNameReading(text)
        saved = reading.saved()
        self.text = text
        let pieces = saved.split(separator: .dot, omittingEmptySubsequences: false)
        fileExtension = pieces.count > 1 ? Array(pieces[pieces.count - 1]) : []
        if pieces.count > 2, DoubleExtension.isOne(pieces[pieces.count - 2], pieces[pieces.count - 1]) {
            reading.defects.append(.doubleExtension)
        }
        defects = reading.defects
    }

    /// The name `text`, and the one that programs see for which a NUL ends it.
    static func readings(of text: [UInt8]) -> [FileName] {
        guard let end = text.firstIndex(of: .nul) else { return [FileName(text)] }
        return [FileName(text), FileName(Array(text[..<end]))]
    }
}

/// Reads a name as a file system will.
private struct FileNameReading {
    private let scalars: [Unicode.Scalar]
    var defects: [AttachmentDefect] = []

    init(_ text: [UInt8]) { scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars) }

    mutating func saved() -> [UInt8] {
        var name: [Unicode.Scalar] = []
        for scalar in scalars {
            if let defect = Self.defect(of: scalar) { note(defect) }
            if !Self.isHidden(scalar) { name.append(Self.plain(scalar)) }
        }
        if Self.hasManyBlanks(name) { note(.manyBlanks) }
        var visible = trimmed(Self.withoutStream(trimmed(name[...])))
        if let separator = visible.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
            note(.path)
            visible = trimmed(visible[(separator + 1)...])
        }
        if visible.count > 1, visible[visible.startIndex + 1] == ":", visible.first?.properties.isAlphabetic == true {
            note(.path)
            visible = trimmed(visible.dropFirst(2))
        }
        var text = ""
        text.unicodeScalars.append(contentsOf: visible)
        return Array(text.utf8)
    }

    private mutating func note(_ defect: AttachmentDefect) {
        if !defects.contains(defect) { defects.append(defect) }
    }

    /// Without dots and blanks at the end, which Windows leaves out, blanks at the beginning, and separators at the end.
    private mutating func trimmed(_ name: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        let start = name.firstIndex { $0 != " " } ?? name.endIndex
        guard let last = name.lastIndex(where: { !" ./\\".unicodeScalars.contains($0) }) else { return [] }
        if last < name.endIndex - 1 { note(.trailingDots) }
        return name[start...last]
    }

    /// Without what names a stream of the same file on Windows.
    private static func withoutStream(_ name: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
        guard let colon = name.lastIndex(of: ":"), colon > name.startIndex, name[colon - 1] == ":" else { return name }
        return name[..<(colon - 1)]
    }

    /// Blanks that push the end of a name out of sight.
    private static func hasManyBlanks(_ name: [Unicode.Scalar]) -> Bool {
        name.split { $0 != " " }.contains { $0.count >= Limits.manyBlanks }
    }

    // MARK: Characters

    private static func defect(of scalar: Unicode.Scalar) -> AttachmentDefect? {
        switch scalar.value {
        case 0x202A...0x202E, 0x2066...0x2069: .textDirection
        // Joiners and variants stand in honest names, of emoji and of Persian.
        case 0x200C, 0x200D, 0xFE00...0xFE0F: nil
        default: isHidden(scalar) ? .hiddenCharacter : nil
        }
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7F }
        switch scalar.value {
        // Fillers, joiners and variants that are letters or marks by their category.
        case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B...0x180F, 0x3164, 0xFE00...0xFE0F, 0xFFA0,
            0xE0100...0xE01EF:
            return true
        default: break
        }
        return switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// Characters that programs make plain ones: those of full width, dots of other forms, blanks of other widths.
    private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case ..<0x80: scalar
        case 0xFF01...0xFF5E: Unicode.Scalar(scalar.value - 0xFEE0) ?? scalar
        case 0x2024, 0xFE52: "."
        default: scalar.properties.generalCategory == .spaceSeparator ? " " : scalar
        }
    }
}

/// Extensions that let a file pass for another.
private enum DoubleExtension {
    /// What people take for documents, pictures and the like.
    private static let trusted: Set<String> = Set(
        """
        pdf doc docx docm dot dotx xls xlsx xlsm xlsb csv ppt pptx pptm odt ods odp rtf txt md htm html xml json eml msg
        jpg jpeg jpe png gif bmp tif tiff webp svg ico mp3 mp4 m4a wav avi mov mkv zip rar 7z tar gz
        """.split(whereSeparator: \.isWhitespace).map(String.init)
    )
    /// What honestly stands behind another extension: packing, signing, encryption, sums.
    private static let wrapping: Set<String> = Set(
        "gz bz2 xz zst lz lzma zip 7z rar asc sig gpg pgp p7m p7s sha1 sha256 sha512 md5 part"
            .split(separator: " ").map(String.init)
    )

    static func isOne(_ first: ArraySlice<UInt8>, _ last: ArraySlice<UInt8>) -> Bool {
        let blank = UInt8.space
        let inner = first.split(separator: blank).last ?? []
        let outer = String(decoding: last.map(\.lowercased), as: UTF8.self)
        return trusted.contains(String(decoding: inner.map(\.lowercased), as: UTF8.self))
            && !outer.isEmpty && !outer.contains(" ") && !wrapping.contains(outer)
    }
}
