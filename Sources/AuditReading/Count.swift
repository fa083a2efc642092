// Numbers with what they count.

extension Int {
    /// `1 message`, `2 messages`.
    package func of(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
