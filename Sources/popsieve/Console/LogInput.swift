// A log's file read from its beginning to its end, in pieces.
// Must not hold more than a piece.

import ArgumentParser
import Foundation

enum LogInput {
    private static let piece = 256 << 10

    /// - Parameter file: `-` is standard input
    static func read(_ file: String, _ take: ([UInt8]) throws -> Void) throws {
        var isBeginning = true
        func takeNext(_ bytes: [UInt8]) throws {
            if isBeginning, isCompressed(bytes) { throw compressed(file) }
            isBeginning = false
            try take(bytes)
        }
        guard file != "-" else {
            while case let bytes = try StandardInput.read(), !bytes.isEmpty { try takeNext(bytes) }
            return
        }
        let handle: FileHandle
        do {
            guard !FileManager.default.isDirectory(file) else { throw UnreadableFile.directory }
            handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
        } catch {
            throw failure(error, file)
        }
        defer { try? handle.close() }
        while true {
            let data: Data?
            do { data = try handle.read(upToCount: piece) } catch { throw failure(error, file) }
            guard let data, !data.isEmpty else { return }
            try takeNext(Array(data))
        }
    }

    /// As gzip, xz, zstd and bzip2 begin.
    private static func isCompressed(_ bytes: [UInt8]) -> Bool {
        [[0x1F, 0x8B], [0xFD, 0x37, 0x7A, 0x58], [0x28, 0xB5, 0x2F, 0xFD], [0x42, 0x5A, 0x68]].contains(
            where: bytes.starts
        )
    }

    private static func compressed(_ file: String) -> ExitCode {
        let fix = "give it to standard input, in its place in the order: zcat FILE | popsieve … -"
        return Exit.saying(Finding(Place(file: file), .error, "this file is compressed", fix), Exit.data)
    }

    private static func failure(_ error: any Error, _ file: String) -> ExitCode {
        Exit.saying(Finding(error as? UnreadableFile ?? UnreadableFile(error, at: file), file), Exit.noInput)
    }

    /// Octets of a regular file; 0 of anything else.
    static func size(_ file: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int) ?? 0
    }
}
