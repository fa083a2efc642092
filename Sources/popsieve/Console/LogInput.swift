// A log's file read from its beginning to its end, in pieces.
// Must not hold more than a piece.

import ArgumentParser
import Foundation

enum LogInput {
    private static let piece = 256 << 10

    /// - Parameters:
    ///   - file: `-` is standard input
    ///   - command: which reads it, such as `audit verify`
    static func read(_ file: String, for command: String, _ take: ([UInt8]) throws -> Void) throws {
        var isBeginning = true
        func takePlain(_ bytes: [UInt8]) throws {
            if isBeginning, let compression = Compression(bytes) { throw compression.refusal(of: file, for: command) }
            isBeginning = false
            try take(bytes)
        }
        guard file != "-" else {
            while case let bytes = try StandardInput.read(), !bytes.isEmpty { try takePlain(bytes) }
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
            try takePlain(Array(data))
        }
    }

    private static func failure(_ error: any Error, _ file: String) -> ExitCode {
        Exit.saying(Finding(error as? UnreadableFile ?? UnreadableFile(error, at: file), file), Exit.noInput)
    }

    /// Whether a file may have lines of this time or later; it is seconds since 1970.
    static func isFrom(_ since: Int64?, _ file: String) -> Bool {
        let changed = (try? FileManager.default.attributesOfItem(atPath: file))?[.modificationDate] as? Date
        guard let since, let changed else { return true }
        return Int64(changed.timeIntervalSince1970) >= since
    }

    /// Octets of a regular file; 0 of anything else.
    static func size(_ file: String) -> Int {
        ((try? FileManager.default.attributesOfItem(atPath: file))?[.size] as? Int) ?? 0
    }
}
