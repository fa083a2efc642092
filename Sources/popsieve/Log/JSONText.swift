// Values as one line of JSON, keys in the order of the alphabet.
// Must not be used for the audit log, which has an encoder of its own.

import Foundation

enum JSONText {
    /// Without a line end; line separators and control characters in texts are escaped.
    static func line(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
