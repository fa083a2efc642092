// A token, a code, a client's secret.
// Must not be printable: no description, no reflection, no Codable.

/// Text that nobody gets to see.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Only ever sent to whom it belongs, or written encrypted.
    package let text: String

    /// Nil for what no provider gives: the empty text, other than visible ASCII (RFC 6749, A), too much of it.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= Limits.token, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            return nil
        }
        self.text = text
    }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
