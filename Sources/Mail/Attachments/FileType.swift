// What a file is by its first octets, whatever its name and its sender say.
// Must not look further than it says, nor guess: what is not known has no type but `unknown`.

/// A kind of file, as its octets show it. The raw value is the name for rules; it never changes.
public enum FileType: String, Sendable, CaseIterable {
    /// A program or library of Windows or DOS (MZ).
    case windowsProgram = "windows-program"
    /// A program or library of Linux and its kin (ELF).
    case linuxProgram = "linux-program"
    /// A program or library of macOS (Mach-O).
    case macProgram = "mac-program"
    /// Compiled Java.
    case javaClass = "java-class"
    /// Compiled WebAssembly.
    case webAssembly = "web-assembly"
    /// A text that begins with `#!`.
    case script = "script"
    /// A shortcut of Windows, which starts what it names.
    case windowsShortcut = "windows-shortcut"
    /// Compiled help of Windows, which can start programs.
    case windowsHelp = "windows-help"
    /// A OneNote section, which can hold programs.
    case oneNote = "onenote"
    /// An OLE2 container: Office until 2003, installers (MSI), Outlook messages.
    case ole = "ole"
    /// An OLE2 container or zip archive with macros of Office in it.
    case macros = "macros"
    /// PDF, also behind other octets, as readers take it.
    case pdf = "pdf"
    /// Rich text.
    case rtf = "rtf"
    /// HTML, and what browsers show like it: SVG, XHTML.
    case html = "html"
    /// Other XML.
    case xml = "xml"
    /// A zip archive, which docx, xlsx, jar, apk and odt are, too.
    case zip = "zip"
    /// Packed by gzip.
    case gzip = "gzip"
    /// Packed by bzip2.
    case bzip2 = "bzip2"
    /// Packed by xz.
    case xz = "xz"
    /// Packed by Zstandard.
    case zstandard = "zstd"
    /// A 7-Zip archive.
    case sevenZip = "7z"
    /// A RAR archive.
    case rar = "rar"
    /// A cabinet, Windows' own archive.
    case cabinet = "cab"
    /// An ACE archive.
    case ace = "ace"
    /// An ARJ archive.
    case arj = "arj"
    /// An LHA archive.
    case lha = "lha"
    /// A tar archive.
    case tar = "tar"
    /// An image of a disk: ISO 9660, UDF, VHD, VHDX.
    case diskImage = "disk-image"
    /// Outlook's `winmail.dat`, which holds attachments.
    case tnef = "tnef"
    /// A picture.
    case png = "png"
    /// A picture.
    case jpeg = "jpeg"
    /// A picture.
    case gif = "gif"
    /// A picture.
    case bmp = "bmp"
    /// A picture.
    case tiff = "tiff"
    /// A picture.
    case webp = "webp"
    /// A picture.
    case icon = "icon"
    /// Text without any of the marks above.
    case text = "text"
    /// No octets.
    case empty = "empty"
    /// Anything else.
    case unknown = "unknown"

    /// Whether other files are in it, and nobody here can look at them.
    var isUnknownArchive: Bool {
        switch self {
        case .gzip, .bzip2, .xz, .zstandard, .sevenZip, .rar, .cabinet, .ace, .arj, .lha, .tar, .diskImage, .tnef: true
        case .windowsProgram, .linuxProgram, .macProgram, .javaClass, .webAssembly, .script, .windowsShortcut,
            .windowsHelp, .oneNote, .ole, .macros, .pdf, .rtf, .html, .xml, .zip, .png, .jpeg, .gif, .bmp, .tiff, .webp,
            .icon, .text, .empty, .unknown:
            false
        }
    }

    /// Whether a zip archive may follow it without harm to it: what is text or a picture to its end is not looked at to
    /// its end.
    var mayPrecedeArchive: Bool {
        switch self {
        case .text, .html, .xml, .rtf, .script, .png, .jpeg, .gif, .bmp, .tiff, .webp, .icon, .empty: false
        default: true
        }
    }
}

extension FileType {
    /// Octets that tell all types: an ISO image says what it is behind 32 KiB.
    static let lengthToTell = 0x9806

    /// What a file is that begins with `octets`, of which `lengthToTell` are enough: more than one type where two
    /// programs would take it for two things.
    public static func types(of octets: Span<UInt8>) -> [FileType] {
        if octets.isEmpty { return [.empty] }
        var types: [FileType] = []
        let isText = isText(octets)
        for mark in marks where !types.contains(mark.type) && mark.stands(in: octets, isText: isText) {
            types.append(mark.type)
        }
        if octets.firstIndex(of: pdfMark, below: 1_024) != nil { types.append(.pdf) }
        if isMachO(octets) { types.append(.macProgram) }
        if isJavaClass(octets) { types.append(.javaClass) }
        if let markup = markup(octets) { types.append(markup) }
        if types.isEmpty { types.append(isText ? .text : .unknown) }
        return types
    }

    /// Octets at a place.
    private struct Mark: Sendable {
        let type: FileType
        let offset: Int
        let octets: [UInt8]

        init(_ type: FileType, _ octets: [UInt8], at offset: Int = 0) {
            self.type = type
            self.offset = offset
            self.octets = octets
        }

        init(_ type: FileType, _ text: StaticString, at offset: Int = 0) {
            self.init(type, Array(text.description.utf8), at: offset)
        }

        func stands(in file: Span<UInt8>, isText: Bool) -> Bool {
            file.stands(octets, at: offset) && !(isText && FileType.withLettersForMark.contains(type))
        }
    }

    /// Types whose mark is letters that a text may begin with; there is a NUL in the head of each such file.
    private static let withLettersForMark: Set<FileType> = [
        .windowsProgram, .bmp, .bzip2, .lha, .cabinet, .windowsHelp,
    ]

    private static let pdfMark = Array("%PDF-".utf8)

    private static let marks: [Mark] = [
        Mark(.windowsProgram, "MZ"), Mark(.windowsProgram, "ZM"),
        Mark(.linuxProgram, [0x7F, 0x45, 0x4C, 0x46]),
        Mark(.webAssembly, [0x00, 0x61, 0x73, 0x6D]),
        Mark(.script, "#!"),
        Mark(.windowsShortcut, [0x4C, 0, 0, 0, 0x01, 0x14, 0x02, 0]),
        Mark(.windowsHelp, "ITSF"),
        Mark(.oneNote, [0xE4, 0x52, 0x5C, 0x7B, 0x8C, 0xD8, 0xA7, 0x4D]),
        Mark(.ole, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        Mark(.rtf, "{\\rt"),
        Mark(.zip, [0x50, 0x4B, 3, 4]), Mark(.zip, [0x50, 0x4B, 5, 6]), Mark(.zip, [0x50, 0x4B, 7, 8]),
        Mark(.gzip, [0x1F, 0x8B]), Mark(.bzip2, "BZh"), Mark(.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
        Mark(.zstandard, [0x28, 0xB5, 0x2F, 0xFD]),
        Mark(.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        Mark(.rar, [0x52, 0x61, 0x72, 0x21, 0x1A, 0x07]), Mark(.rar, [0x52, 0x45, 0x7E, 0x5E]),
        Mark(.cabinet, "MSCF"), Mark(.ace, "**ACE**", at: 7), Mark(.arj, [0x60, 0xEA]),
        Mark(.lha, "-lh", at: 2), Mark(.lha, "-lz", at: 2),
        Mark(.tar, "ustar", at: 257),
        Mark(.diskImage, "CD001", at: 0x8001), Mark(.diskImage, "CD001", at: 0x8801),
        Mark(.diskImage, "CD001", at: 0x9001), Mark(.diskImage, "BEA01", at: 0x8001),
        Mark(.diskImage, "NSR0", at: 0x8801), Mark(.diskImage, "NSR0", at: 0x9001),
        Mark(.diskImage, "vhdxfile"), Mark(.diskImage, "conectix"),
        Mark(.tnef, [0x78, 0x9F, 0x3E, 0x22]),
        Mark(.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Mark(.jpeg, [0xFF, 0xD8, 0xFF]), Mark(.gif, "GIF87a"), Mark(.gif, "GIF89a"),
        Mark(.bmp, [0x42, 0x4D]), Mark(.tiff, [0x49, 0x49, 0x2A, 0]), Mark(.tiff, [0x4D, 0x4D, 0, 0x2A]),
        Mark(.webp, "WEBP", at: 8), Mark(.icon, [0, 0, 1, 0]),
    ]

    /// Mach-O in both orders of octets and both widths, and several in one file; its mark is also that of Java, whose
    /// version stands where those count what they hold.
    private static func isMachO(_ octets: Span<UInt8>) -> Bool {
        switch octets.bigEndian32(at: 0) {
        case 0xFEED_FACE, 0xFEED_FACF, 0xCEFA_EDFE, 0xCFFA_EDFE, 0xCAFE_BABF: true
        case 0xCAFE_BABE: octets.bigEndian32(at: 4).map { $0 < oldestJava } ?? false
        default: false
        }
    }

    private static func isJavaClass(_ octets: Span<UInt8>) -> Bool {
        octets.bigEndian32(at: 0) == 0xCAFE_BABE && octets.bigEndian32(at: 4).map { $0 & 0xFFFF >= oldestJava } ?? false
    }

    private static let oldestJava: UInt32 = 0x2D

    // MARK: Text

    private static let htmlMarks = [
        "<!doctype html", "<html", "<head", "<body", "<script", "<iframe", "<meta", "<title", "<table", "<svg",
        "<style",
        "<a href", "<img", "<div", "<form", "<object", "<embed", "<h1", "<p>", "<br", "<!--",
    ].map { Array($0.utf8) }
    private static let xmlMark = Array("<?xml".utf8)

    /// Markup, whatever blanks and byte order mark stand before it.
    private static func markup(_ octets: Span<UInt8>) -> FileType? {
        let text = text(octets, upTo: 1_024)
        var start = text[...].drop { $0.isWhiteSpace || $0 == .nul || $0 == 0x0C }
        if start.starts(with: xmlMark) {
            // XHTML and SVG are shown by browsers, scripts included.
            let rest = start.dropFirst(xmlMark.count)
            let isShown = ["<html", "<svg", "<!doctype html"].contains { rest.firstRange(of: Array($0.utf8)) != nil }
            return isShown ? .html : .xml
        }
        while start.starts(with: comment), let end = start.firstRange(of: commentEnd) {
            start = start[end.upperBound...].drop(while: \.isWhiteSpace)
        }
        return htmlMarks.contains { start.starts(with: $0) } ? .html : nil
    }

    private static let comment = Array("<!--".utf8)
    private static let commentEnd = Array("-->".utf8)

    /// The beginning in small letters; of UTF-16 the octets that are US-ASCII.
    private static func text(_ octets: Span<UInt8>, upTo count: Int) -> [UInt8] {
        var start = 0
        if octets.stands([0xEF, 0xBB, 0xBF], at: 0) { start = 3 }
        let isWide = octets.stands([0xFF, 0xFE], at: 0) || octets.stands([0xFE, 0xFF], at: 0)
        if isWide { start = 2 }
        var text: [UInt8] = []
        for index in start..<min(octets.count, start + count) where !isWide || octets[index] != 0 {
            text.append(octets[index].lowercased)
        }
        return text
    }

    /// Whether nothing in the beginning is a control character that no text has.
    private static func isText(_ octets: Span<UInt8>) -> Bool {
        if octets.stands([0xFF, 0xFE], at: 0) || octets.stands([0xFE, 0xFF], at: 0) { return true }
        for index in 0..<min(octets.count, 1_024) {
            switch octets[index] {
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1B: continue
            case ..<0x20, 0x7F: return false
            default: continue
            }
        }
        return true
    }
}

extension Span<UInt8> {
    /// Four octets at `index`, the highest first.
    func bigEndian32(at index: Int) -> UInt32? {
        guard index >= 0, index + 4 <= count else { return nil }
        var value: UInt32 = 0
        for offset in 0..<4 { value = value << 8 | UInt32(self[index + offset]) }
        return value
    }

    /// The first place below `bound` where `octets` stand.
    func firstIndex(of octets: [UInt8], below bound: Int) -> Int? {
        let end = Swift.min(bound, count - octets.count + 1)
        var index = 0
        while index < end {
            if stands(octets, at: index) { return index }
            index += 1
        }
        return nil
    }
}
