// What logrotate makes of old files, known by how they begin.
// Must not read what is in them: zcat and its like do that.

import ArgumentParser
import Foundation

/// A format of compressed files.
enum Compression: CaseIterable {
    case gzip, xz, zstandard, bzip2

    init?(_ octets: [UInt8]) {
        guard let format = Self.allCases.first(where: { octets.starts(with: $0.beginning) }) else { return nil }
        self = format
    }

    /// - Parameter path: a regular file's
    init?(fileAt path: String) {
        let handle = FileHandle(forReadingAtPath: path)
        defer { try? handle?.close() }
        self.init((try? handle?.read(upToCount: 6)).map(Array.init) ?? [])
    }

    private var beginning: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
        case .zstandard: [0x28, 0xB5, 0x2F, 0xFD]
        case .bzip2: Array("BZh".utf8)
        }
    }

    /// Endings of their names.
    static let endings = [".gz", ".xz", ".zst", ".bz2"]

    /// Prints such files, and with `-f` others as they are.
    private var program: String {
        switch self {
        case .gzip: "zcat -f"
        case .xz: "xzcat -f"
        case .zstandard: "zstdcat -f"
        case .bzip2: "bzcat"
        }
    }

    /// How a command gets to read them.
    func remedy(for command: String) -> String {
        "read it and its like, the oldest first, with: \(program) FILE... | popsieve \(command) -"
    }

    /// Says that a file can't be read as it is, and is the code to end with.
    func refusal(of file: String, for command: String) -> ExitCode {
        let place = Place(file: file == "-" ? "standard input" : file)
        return Exit.saying(Finding(place, .error, "this file is compressed", remedy(for: command)), Exit.data)
    }
}
