// Files by their endings: those that were named, and those in folders that were named.
// Must not read a file, nor follow a link from one folder into another.

import Foundation
import SystemPackage

/// Looks for files of some kinds.
struct FileSearch {
    /// With the dot, such as `.svtest`.
    let endings: [String]

    /// Files that are named are taken whatever they are called; folders are searched, each in the order of its names.
    ///
    /// - Returns: what was found, and the names under which there is nothing
    func files(_ paths: [String]) -> (found: [String], missing: [Finding]) {
        var found: [String] = []
        var missing: [Finding] = []
        for path in paths {
            do throws(Finding) {
                found += try files(path)
            } catch {
                missing.append(error)
            }
        }
        return (found, missing)
    }

    private func files(_ path: String) throws(Finding) -> [String] {
        let manager = FileManager.default
        guard manager.fileExists(atPath: path) else {
            throw Finding(UnreadableFile(Errno.noSuchFileOrDirectory, at: path), path)
        }
        guard manager.isDirectory(path) else { return [path] }
        let below: [String]
        do {
            below = try manager.subpathsOfDirectory(atPath: path)
        } catch {
            throw Finding(UnreadableFile(error, at: path), path)
        }
        let found = below.filter { name in
            endings.contains { name.hasSuffix($0) } && !manager.isDirectory("\(path)/\(name)")
        }
        guard !found.isEmpty else {
            let kinds = endings.map { "*\($0)" }.joined(separator: " or ")
            let fix = "name another, or a file"
            throw .input(Place(file: path), "there is no \(kinds) in this folder", fix)
        }
        let folder = path.hasSuffix("/") ? path : "\(path)/"
        return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { folder + $0 }
    }
}
