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
    private var literalEnd: [UInt8]?

    static func strip(_ lines: [String]) -> [String] {
        var stripper = CodeStripper()
        return lines.map { stripper.strip($0) }
    }

    private mutating func strip(_ line: String) -> String {
        var code: [UInt8] = []
        var rest = Array(line.utf8)[...]
        while let next = rest.first {
            if inBlockComment {
                inBlockComment = !rest.starts(with: "*/".utf8)
                rest.removeFirst(inBlockComment ? 1 : 2)
            } else if let end = literalEnd {
                skipLiteral(&rest, end: end)
            } else if rest.starts(with: "//".utf8) {
                break
            } else if rest.starts(with: "/*".utf8) {
                inBlockComment = true
            } else if let opening = Self.literalOpening(rest) {
                literalEnd = opening
                code += "\"\"".utf8
                rest.removeFirst(opening.count)
            } else {
                code.append(next)
                rest.removeFirst()
            }
        }
        if let end = literalEnd, !end.starts(with: "\"\"\"".utf8) { literalEnd = nil }
        return String(decoding: code, as: UTF8.self)
    }

    private mutating func skipLiteral(_ rest: inout ArraySlice<UInt8>, end: [UInt8]) {
        if rest.starts(with: end) {
            literalEnd = nil
            rest.removeFirst(end.count)
        } else {
            let isEscape = rest.first == UInt8(ascii: "\\") && end.last == UInt8(ascii: "\"")
            rest.removeFirst(min(isEscape ? 2 : 1, rest.count))
        }
    }

    /// What ends the literal that begins here, if one does; it is as long as what opens it.
    private static func literalOpening(_ rest: ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.first == UInt8(ascii: "\"") || rest.first == UInt8(ascii: "#") else { return nil }
        let pounds = rest.prefix { $0 == UInt8(ascii: "#") }
        let quotes = rest.dropFirst(pounds.count).prefix(3).prefix { $0 == UInt8(ascii: "\"") }
        guard !quotes.isEmpty else { return nil }
        return Array(repeating: UInt8(ascii: "\""), count: quotes.count == 3 ? 3 : 1) + pounds
    }
}
