// The example of the library's documentation, with its public interface only: it compiles, works, and is what is shown.

import Foundation
import Mail
import Testing

struct LibraryExampleTests {
    func checked(_ bytes: [UInt8]) throws -> [UInt8] {
        let message = Message(bytes)
        for part in message.leaves where part.contentType.matches("text") {
            print(String(decoding: message.plainText(of: part), as: UTF8.self))
        }
        for defect in message.allDefects() { print(defect.name, defect.offset) }
        var header = message.header
        try header.add(name: Array("X-Checked".utf8), value: Array("yes".utf8))
        return header.rendered() + bytes[header.range.upperBound...]
    }

    @Test func itWorks() throws {
        let checked = try checked(Array("Subject: x\r\n\r\nbody\r\n".utf8))
        #expect(String(decoding: checked, as: UTF8.self) == "X-Checked: yes\r\nSubject: x\r\n\r\nbody\r\n")
    }

    @Test func isWhatTheDocumentationShows() throws {
        let here = URL(filePath: #filePath).resolvingSymlinksInPath()
        let page = here.deletingLastPathComponent().appending(path: "../../Sources/Mail/Mail.docc/Mail.md").standardized
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { String($0) }
        }
        let shown = try lines(page).drop { $0 != "```swift" }.dropFirst().prefix { $0 != "```" }
        let source = Set(try lines(here).map { $0.hasPrefix("    ") ? String($0.dropFirst(4)) : $0 })
        #expect(shown.count > 8)
        #expect(shown.filter { !source.contains($0) } == [])
    }
}
