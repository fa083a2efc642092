// Files that are named in settings and on the command line: read whole, within bounds.
// Must not wait for a pipe, or read a device.

import Foundation

/// Why a file can't be read, in a few words.
struct UnreadableFile: Error, CustomStringConvertible {
    var description: String
}

extension FileManager {
    /// Everything in a regular file, also behind symbolic links.
    func regularFile(at path: String, upTo limit: Int) throws(UnreadableFile) -> [UInt8] {
        guard let attributes = attributes(path) else { throw UnreadableFile(description: "there is no such file") }
        switch attributes[.type] as? FileAttributeType {
        case .typeRegular: break
        case .typeDirectory: throw UnreadableFile(description: "it is a directory")
        case .typeSymbolicLink: throw UnreadableFile(description: "it is a link to nothing")
        default: throw UnreadableFile(description: "it is no regular file")
        }
        if let size = attributes[.size] as? Int, size > limit {
            throw UnreadableFile(description: "it is larger than \(limit) octets")
        }
        guard let data = contents(atPath: path) else { throw UnreadableFile(description: "permission denied") }
        return [UInt8](data)
    }

    func isDirectory(_ path: String) -> Bool {
        attributes(path)?[.type] as? FileAttributeType == .typeDirectory
    }

    /// The mode bits; nil where there is no such file.
    func permissions(_ path: String) -> Int? {
        attributes(path)?[.posixPermissions] as? Int
    }

    private func attributes(_ path: String) -> [FileAttributeKey: Any]? {
        try? attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    }
}
