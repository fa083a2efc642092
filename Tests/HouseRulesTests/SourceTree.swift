// The package's files as the house rules look at them.
// Must not judge; the tests do.

import Foundation

/// A text file of the package.
struct SourceFile: Sendable {
    /// From the package's folder on.
    let path: String
    let lines: [String]
    /// The lines with comments and the content of string literals blanked out.
    let code: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        code = path.hasSuffix(".swift") ? CodeStripper.strip(lines) : lines
    }

    /// `Sources/POP3/Command.swift` is of target `POP3`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    var isSwift: Bool { path.hasSuffix(".swift") }

    /// Where `pattern` matches code, counted from 1.
    func lineNumbers(matching pattern: some RegexComponent) -> [Int] {
        code.indices.filter { code[$0].contains(pattern) }.map { $0 + 1 }
    }
}

/// The package's folder.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// All text files that people wrote, in order.
    static let files: [SourceFile] = {
        let manager = FileManager.default
        let folders = ["Sources", "Tests", "Rules", ".ci"]
        let below = folders.flatMap { folder in
            (try? manager.subpathsOfDirectory(atPath: root + "/" + folder))?.map { folder + "/" + $0 } ?? []
        }
        return (below + ["Package.swift", "README.md"]).sorted().compactMap { path in
            guard let text = try? String(contentsOfFile: root + "/" + path, encoding: .utf8) else { return nil }
            return SourceFile(path: path, text: text)
        }
    }()

    static let swift = files.filter { $0.isSwift && $0.path != "Package.swift" }
    static let sources = swift.filter { $0.path.hasPrefix("Sources/") }
}

/// Takes comments and the content of string literals out of Swift code, so that words in them are not taken for code.
struct CodeStripper {
    private var inBlockComment = false
    /// What ends the multi-line literal that is open.
    private var literalEnd: String?

    static func strip(_ lines: [String]) -> [String] {
        var stripper = CodeStripper()
        return lines.map { stripper.strip($0) }
    }

    private mutating func strip(_ line: String) -> String {
        var code = ""
        var rest = line[...]
        while let next = rest.first {
            if inBlockComment {
                inBlockComment = !rest.hasPrefix("*/")
                rest.removeFirst(inBlockComment ? 1 : 2)
            } else if let end = literalEnd {
                literalEnd = rest.hasPrefix(end) ? nil : end
                rest = rest.dropFirst(literalEnd == nil ? end.count : rest.hasPrefix("\\") && !end.hasSuffix("#") ? 2 : 1)
            } else if rest.hasPrefix("//") {
                break
            } else if rest.hasPrefix("/*") {
                inBlockComment = true
            } else if let opening = rest.prefixMatch(of: /(#*)("""|")/) {
                literalEnd = String(opening.2 + opening.1)
                code += "\"\""
                rest.removeFirst(opening.0.count)
            } else {
                code.append(next)
                rest.removeFirst()
            }
        }
        if literalEnd?.hasPrefix("\"\"\"") == false { literalEnd = nil }
        return code
    }
}
