// A log's file read from its beginning to its end, in pieces.
// Must not hold more than a piece.

import ArgumentParser
import Foundation

enum LogInput {
    private static let piece = 256 << 10

    /// - Parameter file: `-` is standard input
    static func read(_ file: String, _ take: ([UInt8]) throws -> Void) throws {
        guard file != "-" else {
            while case let bytes = try StandardInput.read(), !bytes.isEmpty { try take(bytes) }
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
            try take(Array(data))
        }
    }

    private static func failure(_ error: any Error, _ file: String) -> ExitCode {
        Exit.saying(Finding(error as? UnreadableFile ?? UnreadableFile(error, at: file), file), Exit.noInput)
    }

    /// Octets of a regular file; 0 of anything else.
    static func size(_ file: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int) ?? 0
    }
}
