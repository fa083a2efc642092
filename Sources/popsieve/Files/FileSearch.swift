// Files by their endings: those that were named, and those in folders that were named.
// Must not read a file, nor follow a link from one folder into another.

import Foundation

/// Looks for files of some kinds.
struct FileSearch {
    /// With the dot, such as `.svtest`.
    let endings: [String]

    /// A name under which there is nothing to be found, and why.
    struct Miss: Error {
        var path: String
        var reason: String
    }

    /// Files that are named are taken whatever they are called; folders are searched, each in the order of its names.
    func files(_ paths: [String]) -> (found: [String], missing: [Miss]) {
        var found: [String] = []
        var missing: [Miss] = []
        for path in paths {
            do throws(Miss) {
                found += try files(path)
            } catch {
                missing.append(error)
            }
        }
        return (found, missing)
    }

    private func files(_ path: String) throws(Miss) -> [String] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else { throw Miss(path: path, reason: "there is no such file") }
        guard manager.isDirectory(path) else { return [path] }
        guard let below = try? manager.subpathsOfDirectory(atPath: path) else {
            throw Miss(path: path, reason: "the folder can't be read")
        }
        let found = below.filter { name in
            endings.contains { name.hasSuffix($0) } && !manager.isDirectory("\(path)/\(name)")
        }
        guard !found.isEmpty else {
            let kinds = endings.map { "*\($0)" }.joined(separator: " or ")
            throw Miss(path: path, reason: "there is no \(kinds) in this folder")
        }
        let folder = path.hasSuffix("/") ? path : "\(path)/"
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder + $0 }
    }
}
