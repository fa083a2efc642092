// What one compilation has included, in all scripts that belong to it.
// Must not outlive it: a script may have changed when the next begins.

/// The scripts that include one another, on the way through them.
struct Inclusions {
    /// What included scripts say, by location and name: each is read once.
    private(set) var sources: [String: [UInt8]] = [:]

    /// What the script says that was included before, or else what is read now; nil if there is none.
    mutating func source(_ key: String, or read: @autoclosure () -> [UInt8]?) -> [UInt8]? {
        if let known = sources[key] { return known }
        let source = read()
        sources[key] = source
        return source
    }

    /// The scripts on the way from the first to the one at hand, to find circles.
    private(set) var way: [String] = []
    /// How many commands there are that include one.
    private var count = 0
    /// What came of each script; but not where a circle was found, for whether there is one depends on the way.
    private var known: [String: Compilation] = [:]
    private var circles = 0

    func isCircular(_ key: String) -> Bool { way.contains(key) }

    mutating func noteCircle() { circles += 1 }

    /// Counts a command; false if that is too many.
    mutating func add(limit: Int) -> Bool {
        count += 1
        return count <= limit
    }

    /// Compiles a script that has not been compiled on this way.
    mutating func compilation(of key: String, _ compile: (inout Inclusions) -> Compilation) -> Compilation {
        if let compilation = known[key] { return compilation }
        let circlesBefore = circles
        way.append(key)
        let compilation = compile(&self)
        way.removeLast()
        if circles == circlesBefore { known[key] = compilation }
        return compilation
    }
}
