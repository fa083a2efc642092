// Zip archives as tests want them: right, or wrong in one way.
// Must not be read by anything but Mail: the checksums are zeros.

/// A file for a zip archive.
struct ZipFile {
    var name: [UInt8]
    /// What stands in the file's own head for its name, if something else does.
    var localName: [UInt8]?
    var data: [UInt8]
    var method: UInt16 = 0
    var flags: UInt16 = 0
    var extra: [UInt8] = []
    var isListed = true

    init(_ name: String, _ data: [UInt8] = Array("x".utf8)) {
        self.name = Array(name.utf8)
        self.data = data
    }

    /// With its contents packed into blocks that pack nothing.
    static func deflated(_ name: String, _ data: [UInt8], emptyBlocks: Int = 0) -> ZipFile {
        var packed: [UInt8] = []
        for _ in 0..<emptyBlocks { packed += [0, 0, 0, 0xFF, 0xFF] }
        var rest = data[...]
        repeat {
            let piece = rest.prefix(0xFFFF)
            rest = rest.dropFirst(piece.count)
            let count = UInt16(piece.count)
            packed += [rest.isEmpty ? 1 : 0] + octets(count) + octets(~count) + piece
        } while !rest.isEmpty
        var file = ZipFile(name, packed)
        file.method = 8
        return file
    }

    /// The same file with something changed.
    func with(_ change: (inout ZipFile) -> Void) -> ZipFile {
        var file = self
        change(&file)
        return file
    }
}

private func octets(_ number: UInt16) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8)] }

private func wide(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

/// An archive of `files`.
func zip(_ files: [ZipFile], prefix: [UInt8] = [], comment: [UInt8] = [], shift: Int = 0, count: Int? = nil) -> [UInt8]
{
    var archive = prefix
    var directory: [UInt8] = []
    let listed = files.filter(\.isListed)
    for file in files {
        let sizes = wide(0) + wide(file.data.count) + wide(file.data.count)
        let kind = octets(20) + octets(file.flags) + octets(file.method) + wide(0) + sizes
        if file.isListed {
            let place = archive.count - prefix.count + shift
            directory += [0x50, 0x4B, 1, 2] + octets(20) + kind + octets(UInt16(file.name.count))
            directory += octets(UInt16(file.extra.count)) + [UInt8](repeating: 0, count: 10) + wide(place)
            directory += file.name + file.extra
        }
        let name = file.localName ?? file.name
        archive += [0x50, 0x4B, 3, 4] + kind + octets(UInt16(name.count)) + octets(0) + name + file.data
    }
    let start = archive.count - prefix.count + shift
    archive += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + octets(UInt16(count ?? listed.count))
    archive += octets(UInt16(count ?? listed.count)) + wide(directory.count) + wide(start)
    return archive + octets(UInt16(comment.count)) + comment
}
