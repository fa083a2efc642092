// Values as one line of JSON, keys in the order of the alphabet.
// Must not be used for the audit log, which has an encoder of its own.

import Audit
import Foundation

enum JSONText {
    /// Without a line end; what a terminal would obey, or what hides or turns text, is escaped as in the audit log.
    static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: Array(data).shownAsJSON, as: UTF8.self)
    }
}
