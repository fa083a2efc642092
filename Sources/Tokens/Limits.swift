// The bounds of stored tokens and of asking for new ones, each with its reason.
// Values only.

enum Limits {
    /// Octets of the file: 1,000 accounts with tokens of Microsoft's size.
    static let file = 16 * 1024 * 1024

    /// Octets of a key file.
    static let keyFile = 4_096

    /// Octets of what a key is made from, as `openssl rand -hex 32` writes them; fewer can be guessed.
    static let keyMaterial = 32

    /// Before its end a token is exchanged: a session that begins with it should not end for it. Of short lives a quarter.
    static let margin = Duration.seconds(300)

    /// After a failure nobody asks again for so long, at first and at most.
    static let pause = Duration.seconds(2)
    static let longestPause = Duration.seconds(300)

    /// How often, and how long apart, it is looked whether another process writes what it has got.
    static let looks = 20
    static let look = Duration.milliseconds(100)

    /// A token this young that a server refuses is not exchanged: the next would be refused, too.
    static let youth = Duration.seconds(120)
}
