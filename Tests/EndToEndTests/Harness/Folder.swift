// A temporary folder that lives as long as a test.
// Must not know what is in it.

import Foundation

/// A folder of a test's own.
struct Folder: Sendable {
    let path: String

    /// Makes a folder for `body` and removes it afterwards; `POPSIEVE_KEEP_FOLDERS=1` keeps it, to look into.
    static func temporary<Result>(_ body: (Folder) async throws -> Result) async throws -> Result {
        let folder = try make()
        defer {
            if ProcessInfo.processInfo.environment["POPSIEVE_KEEP_FOLDERS"] == nil {
                try? FileManager.default.removeItem(atPath: folder.path)
            }
        }
        return try await body(folder)
    }

    /// A new folder that the caller removes. Its path is short, because sockets lie in it.
    static func make() throws -> Folder {
        let name = "popsieve-" + UUID().uuidString.prefix(8).lowercased()
        return try Folder(path: FileManager.default.temporaryDirectory.path).folder(name)
    }

    subscript(name: String) -> String { path + "/" + name }

    func folder(_ name: String) throws -> Folder {
        try FileManager.default.createDirectory(atPath: self[name], withIntermediateDirectories: true)
        return Folder(path: self[name])
    }

    @discardableResult
    func write(_ name: String, _ bytes: Data) throws -> String {
        try bytes.write(to: URL(fileURLWithPath: self[name]))
        return self[name]
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        try write(name, Data(text.utf8))
    }

    func read(_ name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: self[name]))
    }

    /// The names of what is in it, in order.
    func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}
