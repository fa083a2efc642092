// The records of a zip archive: a file's head, and its entry in the directory.
// Must not follow an offset.

/// The octets that records begin with, the lowest first.
enum ZipSignature {
    static let file: UInt32 = 0x0403_4B50
    static let directory: UInt32 = 0x0201_4B50
    static let directoryEnd: UInt32 = 0x0605_4B50
    static let wideDirectoryEnd: UInt32 = 0x0606_4B50
    static let wideLocator: UInt32 = 0x0706_4B50
}

/// What an archive says of a file in one place.
struct ZipRecord {
    /// Where the record is; a file's octets begin at its end.
    let start: Int
    let end: Int
    let name: Range<Int>
    private let extra: Range<Int>
    private let flags: UInt16
    let method: Int
    private(set) var packedSize: Int
    private(set) var size: Int
    /// Where the file's head is, as the directory says.
    private(set) var localOffset = 0
    private let version: UInt16

    static let fileHeadLength = 30
    private static let entryLength = 46

    /// The head of a file at `start`; nil if there is none.
    init?(fileAt start: Int, in octets: Span<UInt8>) {
        guard start >= 0, start <= octets.count - Self.fileHeadLength, octets.little32(at: start) == ZipSignature.file
        else { return nil }
        self.init(octets, start: start, fields: start + 4, lengths: start + 26, names: start + Self.fileHeadLength)
    }

    /// The entry of the directory at `start`; nil if there is none.
    init?(directoryAt start: Int, in octets: Span<UInt8>) {
        guard start >= 0, start <= octets.count - Self.entryLength, octets.little32(at: start) == ZipSignature.directory
        else { return nil }
        let comment = octets.little16(at: start + 32)
        self.init(
            octets,
            start: start,
            fields: start + 6,
            lengths: start + 28,
            names: start + Self.entryLength,
            comment: Int(comment)
        )
        localOffset = Int(octets.little32(at: start + 42) ?? 0)
        if localOffset == Self.wide { widen(octets, hasOffset: true) }
    }

    private init?(_ octets: Span<UInt8>, start: Int, fields: Int, lengths: Int, names: Int, comment: Int = 0) {
        self.start = start
        version = octets.little16(at: fields)
        flags = octets.little16(at: fields + 2)
        method = Int(octets.little16(at: fields + 4))
        packedSize = Int(octets.little32(at: fields + 14) ?? 0)
        size = Int(octets.little32(at: fields + 18) ?? 0)
        name = names..<names + Int(octets.little16(at: lengths))
        extra = name.upperBound..<name.upperBound + Int(octets.little16(at: lengths + 2))
        end = extra.upperBound + comment
        guard end <= octets.count else { return nil }
        if packedSize == Self.wide || size == Self.wide { widen(octets, hasOffset: false) }
    }

    /// What stands for a number that is too large for its place.
    private static let wide = 0xFFFF_FFFF

    /// Takes numbers of 64 bits from where they are. Those that stand for none are beyond every archive.
    private mutating func widen(_ octets: Span<UInt8>, hasOffset: Bool) {
        guard var place = Self.field(0x0001, in: extra, of: octets) else { return }
        func next() -> Int? {
            guard place.count >= 8, let number = octets.little64(at: place.lowerBound) else { return nil }
            place = place.lowerBound + 8..<place.upperBound
            return number
        }
        if hasOffset {
            // Sizes that are wide stand before it and were read already.
            for isWide in [isSizeWide, isPackedSizeWide] where isWide { _ = next() }
            localOffset = next() ?? localOffset
        } else {
            isSizeWide = size == Self.wide
            isPackedSizeWide = packedSize == Self.wide
            if isSizeWide { size = next() ?? size }
            if isPackedSizeWide { packedSize = next() ?? packedSize }
        }
    }

    private var isSizeWide = false
    private var isPackedSizeWide = false

    /// A field of the extra ones, by its number.
    private static func field(_ number: UInt16, in extra: Range<Int>, of octets: Span<UInt8>) -> Range<Int>? {
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            let end = position + 4 + Int(octets.little16(at: position + 2))
            guard end <= extra.upperBound else { return nil }
            if octets.little16(at: position) == number { return position + 4..<end }
            position = end
        }
        return nil
    }

    // MARK: What it says

    /// Whether a password is needed, for the file or for the directory (APPNOTE section 4.4.4, bits 0, 6 and 13).
    var isEncrypted: Bool { flags & (1 | 1 << 6 | 1 << 13) != 0 || method == 99 }
    /// Whether the name is in UTF-8 (bit 11).
    var isUTF8: Bool { flags & 1 << 11 != 0 }
    /// Whether the sizes stand behind the file's octets (bit 3).
    var hasSizesBehind: Bool { flags & 1 << 3 != 0 }
    /// Whether there is nothing in the file; deflate takes two octets to say so.
    var isEmpty: Bool { size == 0 && packedSize <= 2 }

    /// Where Info-ZIP has put the name in UTF-8 (field 0x7075: a version, a sum, the name).
    func unicodeName(in octets: Span<UInt8>) -> Range<Int>? {
        guard let field = Self.field(0x7075, in: extra, of: octets), field.count > 5 else { return nil }
        return field.lowerBound + 5..<field.upperBound
    }

    /// Whether a file's head says what its entry in the directory says.
    func agrees(with entry: ZipRecord, in octets: Span<UInt8>) -> Bool {
        guard name.count == entry.name.count, method == entry.method, isEncrypted == entry.isEncrypted else {
            return false
        }
        for offset in 0..<name.count
        where octets[name.lowerBound + offset] != octets[entry.name.lowerBound + offset] { return false }
        let isOpen = hasSizesBehind && packedSize == 0
        return isOpen || packedSize == entry.packedSize && size == entry.size
    }

    /// Whether it may be a head, and not octets that look like the beginning of one.
    var isPlausible: Bool {
        !name.isEmpty && version & 0xFF <= 63 && version >> 8 <= 20 && (method < 20 || method >= 90) && method < 100
    }
}

extension Span<UInt8> {
    /// Two octets at `index`, the lowest first; 0 where there are none.
    func little16(at index: Int) -> UInt16 {
        guard index >= 0, index <= count - 2 else { return 0 }
        return UInt16(self[index]) | UInt16(self[index + 1]) << 8
    }

    /// Four octets at `index`, the lowest first.
    func little32(at index: Int) -> UInt32? {
        guard index >= 0, index <= count - 4 else { return nil }
        return UInt32(little16(at: index)) | UInt32(little16(at: index + 2)) << 16
    }

    /// Eight octets at `index`, the lowest first; nil also if they are beyond all numbers of octets.
    func little64(at index: Int) -> Int? {
        guard let low = little32(at: index), let high = little32(at: index + 4), high < 1 << 30 else { return nil }
        return Int(high) << 32 | Int(low)
    }
}
