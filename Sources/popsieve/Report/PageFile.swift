// The file that a report's page is written to.
// Must not be a log, nor anything else that nobody would miss until it is gone.

import ArgumentParser
import Audit
import Foundation
import SystemPackage

/// A place for a page: nothing is there yet, or a page that was made before.
struct PageFile {
    /// Octets of a page in which its title stands.
    private static let head = 1_024

    let path: String

    /// - Parameter logs: what is read
    /// - Throws: the code to end with, when it was told what stands in the way
    init(_ path: String, beside logs: [String]) throws {
        self.path = path
        guard path != "-" else { return }
        let number = FileIdentity(path: path)?.number
        if let number, logs.contains(where: { FileIdentity(path: $0)?.number == number }) {
            throw Self.refusal(path, "it is no page but one of the files that are read, and stays")
        }
        switch try? Stat(FilePath(path)).type {
        case nil: return
        case .regular?:
            guard !Self.isPage(try Self.beginning(of: path)) else { return }
            throw Self.refusal(path, "it is no page of this command, and stays")
        case .directory?: throw Self.refusal(path, "it is a directory")
        default: throw Self.refusal(path, "it is no regular file")
        }
    }

    func write(_ page: String) throws {
        guard path != "-" else { return try StandardOutput.write(page) }
        do throws(UnreadableFile) {
            try FileManager.default.replace(path, with: Array(page.utf8))
        } catch {
            throw Exit.saying(Finding(error, path), Exit.notWritten)
        }
    }

    private static func beginning(of path: String) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return try handle.read(upToCount: head).map(Array.init) ?? []
        } catch {
            // It may be anything.
            throw Exit.saying(Finding(UnreadableFile(error, at: path), path), Exit.notWritten)
        }
    }

    /// An empty file is one that was made for a page.
    private static func isPage(_ octets: [UInt8]) -> Bool {
        let text = String(decoding: octets, as: UTF8.self)
        return octets.isEmpty || text.hasPrefix(ReportPage.beginning) && text.contains(ReportPage.title)
    }

    private static func refusal(_ path: String, _ message: String) -> ExitCode {
        let fix = "write --html PAGE LOG, such as --html report.html audit.jsonl; an old page is replaced"
        return Exit.saying(Finding(Place(file: path), .error, message, fix), Exit.notWritten)
    }
}
