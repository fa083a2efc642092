// Settings of the rule language: lists, scores, what rules may edit.

import Sieve

extension Settings {
    /// What rule files are told by the settings.
    struct Language {
        struct List {
            enum Source: Equatable {
                /// A file with a value a line.
                case file(String)
                case values([String])
            }

            /// What rules call it.
            var name: String
            var source: Source
            var place: Place
        }

        /// In the order of the file.
        var lists: [List] = []
        /// Where spamtest finds its score; without it rules can't ask for one.
        var spamtest: ScoreSource?
        /// The same for virustest.
        var virustest: ScoreSource?
        /// What stands between user and detail in a local part.
        var addressSeparator = "+"
        /// Header fields that rules must not add.
        var forbidAdd: [String] = []
        /// Header fields that rules must not delete.
        var forbidDelete: [String] = []
        /// Octets of the value of a field that a rule adds.
        var valueLength = Sieve.Limits().headerValueLength
    }
}
