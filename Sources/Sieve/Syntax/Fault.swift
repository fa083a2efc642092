// What is wrong with the text of a script.
// Must not know the script's name: the compiler adds it.

/// A fault of the grammar.
struct Fault {
    let position: SourcePosition
    let message: String
    /// What would be right.
    let fix: String
    /// `syntax`, or `aftermath` behind a fault after which nobody can know what belongs together.
    var stage = Diagnostic.Stage.syntax
}
