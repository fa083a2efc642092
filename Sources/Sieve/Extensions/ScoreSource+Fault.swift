// What can be wrong with a score's regular expressions, told before a message comes.
// Must not be asked for each message.

import Patterns

extension ScoreSource {
    /// Why a pattern cannot be one of a score source; nil if it can.
    public static func fault(of pattern: String) -> String? {
        do {
            _ = try RegularExpression.pattern(Array(pattern.utf8), ignoringCase: true)
            return nil
        } catch {
            return error.description
        }
    }
}
