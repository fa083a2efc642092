// What Debian wants to read of a package: whose the parts of the program are, and what has changed (Policy, 12.5 and 12.7).
// Must not say anything of a licence that its owner does not.

import Foundation

struct PackageDocuments {
    static let folder = "/usr/share/doc/popsieve"

    let version: String
    let maintainer: String
    /// The folder in which the sources of the libraries lie.
    let libraries: String

    func write(to tree: PackageTree) throws {
        try tree.write(copyright(), to: "\(Self.folder)/copyright")
        let place = "\(Self.folder)/changelog.gz"
        try tree.write(try changelog(), to: place.replacing(".gz", with: ""))
        try Tool.run(["gzip", "-9n", tree.root + place.replacing(".gz", with: "")])
    }

    private func changelog() throws -> String {
        let day = try Tool.output(["date", "-R"]).trimmed
        return """
            popsieve (\(version)) unstable; urgency=medium

              * Popsieve \(version); README.md says what it does.

             -- \(maintainer)  \(day)

            """
    }

    private func copyright() throws -> String {
        let swift = "Swift's runtime and Foundation\n\(Self.apache), with its Runtime Library Exception\n"
        let names = try FileManager.default.contentsOfDirectory(atPath: libraries).sorted()
        let others = try names.map { "\($0)\n\(try licence(of: $0))\n" }
        let line = "\n" + String(repeating: "-", count: 72) + "\n"
        let parts = ["Popsieve, whose sources carry no licence. In its program are:\n", swift] + others
        return parts.joined(separator: line)
    }

    private static let apache = "Apache License, Version 2.0: /usr/share/common-licenses/Apache-2.0"

    /// One that is on every machine is not repeated.
    private func licence(of library: String) throws -> String {
        let folder = "\(libraries)/\(library)"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let texts = try files.filter { $0.hasPrefix("LICENSE") || $0.hasPrefix("NOTICE") }.map { name in
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            guard text.contains("Apache License"), name.hasPrefix("LICENSE") else { return text }
            let exception = text.contains("Runtime Library Exception") ? ", with its Runtime Library Exception" : ""
            return Self.apache + exception + "\n"
        }
        guard !texts.isEmpty else { throw Unknown(library: library) }
        return texts.joined(separator: "\n")
    }

    struct Unknown: Error, CustomStringConvertible {
        let library: String

        var description: String { "\(library) has no LICENSE file: nobody may pass it on" }
    }
}
