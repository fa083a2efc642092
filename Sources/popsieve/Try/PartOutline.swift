// The parts of a message in lines, before and after rules have replaced some.
// Must not show contents: a line tells a part's type, name and size.

import AuditReading
import Mail

enum PartOutline {
    /// A line for each part, in order, indented as parts are nested.
    static func lines(_ message: [UInt8]) -> [String] {
        let message = Message(message)
        return message.inOrder.map { part in
            let type = "\(text(part.contentType.type))/\(text(part.contentType.subtype))"
            let name = part.fileName.map { " \"\(text($0))\"" } ?? ""
            let size = part.isContainer ? "" : " (\(part.body.count.of("octet")))"
            return String(repeating: "  ", count: part.depth) + type + name + size
        }
    }

    /// Both outlines as one, line by line.
    static func changes(from before: [UInt8], to after: [UInt8]) -> [HeaderChanges.Line] {
        HeaderChanges(lines(before), lines(after)).lines
    }

    private static func text(_ octets: some Collection<UInt8>) -> String { String(decoding: octets, as: UTF8.self) }
}
