// A password for one device: long enough that nobody guesses it, and easy to type on a printer.
// Must not be kept anywhere but as a hash.

enum DevicePassword {
    /// No two that look alike.
    private static let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")

    /// 20 of 32 letters: 100 bits, in groups of five.
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in String((0..<5).map { _ in letters.randomElement(using: &generator) ?? "a" }) }
        return groups.joined(separator: "-")
    }
}
