// Where a zip archive's directory ends, which is where readers begin.
// Must not read the directory.

/// The record at the end of a zip archive.
struct ZipDirectoryEnd {
    /// Where it is: from the end of the directory to the end of the comment.
    let range: Range<Int>
    /// What it says: how many files there are, how long their list is, where it begins.
    let count: Int
    let size: Int
    let offset: Int
    /// Whether there is another one that some readers would take, or octets behind it.
    let isAmbiguous: Bool
    /// Whether it says that it is the last piece of several.
    let isOfSeveral: Bool

    private static let length = 22
    private static let longestComment = 0xFFFF

    /// Where the directory may begin: before this, and where it says. They differ if something stands before the archive.
    var starts: [Int] {
        let before = range.lowerBound - size
        return before == offset ? [offset] : [before, offset].filter { $0 >= 0 }
    }

    /// The one that most readers take: the last whose comment ends where the octets end, else the last.
    static func find(in array: [UInt8]) -> ZipDirectoryEnd? {
        let octets = array.span
        var exact: Int?
        var last: Int?
        var position = octets.count - length
        let stop = max(0, position - longestComment)
        while position >= stop, exact == nil {
            if octets.little32(at: position) == ZipSignature.directoryEnd {
                if last == nil { last = position }
                if position + length + Int(octets.little16(at: position + 20)) == octets.count { exact = position }
            }
            position -= 1
        }
        guard let found = exact ?? last else { return nil }
        return ZipDirectoryEnd(octets, at: found, isAmbiguous: exact == nil || exact != last)
    }

    private init(_ octets: Span<UInt8>, at position: Int, isAmbiguous: Bool) {
        let end = min(octets.count, position + Self.length + Int(octets.little16(at: position + 20)))
        self.isAmbiguous = isAmbiguous
        isOfSeveral = octets.little16(at: position + 4) != octets.little16(at: position + 6)
        let short = (
            count: Int(octets.little16(at: position + 10)), size: Int(octets.little32(at: position + 12) ?? 0),
            offset: Int(octets.little32(at: position + 16) ?? 0)
        )
        let isWide = short.count == 0xFFFF || short.size == 0xFFFF_FFFF || short.offset == 0xFFFF_FFFF
        if let wide = Self.wide(octets, before: position) {
            range = wide..<end
            // Numbers that have room are taken from the short record.
            count = isWide ? octets.little64(at: wide + 32) ?? 0 : short.count
            size = isWide ? octets.little64(at: wide + 40) ?? 0 : short.size
            offset = isWide ? octets.little64(at: wide + 48) ?? 0 : short.offset
        } else {
            range = position..<end
            (count, size, offset) = short
        }
    }

    /// Where the record for large archives is, which a locator before the short one tells; or where it would be without
    /// further fields, if something stands before the archive.
    private static func wide(_ octets: Span<UInt8>, before position: Int) -> Int? {
        guard octets.little32(at: position - 20) == ZipSignature.wideLocator else { return nil }
        let places = [octets.little64(at: position - 12) ?? -1, position - 20 - 56]
        return places.first { $0 <= position - 76 && octets.little32(at: $0) == ZipSignature.wideDirectoryEnd }
    }
}
