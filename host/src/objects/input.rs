//! Files, folders and standard input: the bytes that are read, each with a name for messages.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Some bytes, and what to call them: a file, `-`, or the path of a URL.
#[derive(Debug, Clone)]
pub struct Input {
    pub name: String,
    pub bytes: Vec<u8>,
}

const STANDARD_INPUT: &str = "-";
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// Reads files, folders (what in them ends in .yaml, .yml or .json, by name; neither hidden files
/// nor folders in them) and `-`. The error names what could not be read.
pub fn gather<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> io::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if path.as_os_str() == STANDARD_INPUT {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map_err(|it| named(path, &it))?;
            inputs.push(Input { name: STANDARD_INPUT.to_string(), bytes });
        } else if fs::metadata(path).map_err(|it| named(path, &it))?.is_dir() {
            for path in files(path).map_err(|it| named(path, &it))? {
                inputs.push(file(&path)?);
            }
        } else {
            inputs.push(file(path)?);
        }
    }
    Ok(inputs)
}

fn file(path: &Path) -> io::Result<Input> {
    let bytes = fs::read(path).map_err(|it| named(path, &it))?;
    Ok(Input { name: path.display().to_string(), bytes })
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|it| it.as_encoded_bytes().starts_with(b"."));
        let ending = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
        if !hidden && ENDINGS.contains(&ending) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_files_by_name() -> io::Result<()> {
        let folder = std::env::temp_dir().join(format!("objects-{}", std::process::id()));
        fs::create_dir_all(folder.join("inner.yaml"))?;
        for name in ["b.json", "a.yaml", "c.yml", ".hidden.yaml", "notes.txt", "inner.yaml/d.yaml"] {
            fs::write(folder.join(name), name)?;
        }
        let inputs = gather([folder.clone(), folder.join("notes.txt")])?;
        let missing = gather([folder.join("none.yaml")]).expect_err("it is not there");
        fs::remove_dir_all(&folder)?;

        let text = |it: &Input| String::from_utf8_lossy(&it.bytes).into_owned();
        assert_eq!(inputs.iter().map(text).collect::<Vec<_>>(), ["a.yaml", "b.json", "c.yml", "notes.txt"]);
        assert_eq!(inputs[0].name, folder.join("a.yaml").display().to_string());
        assert!(
            missing.to_string().starts_with(&folder.join("none.yaml").display().to_string()),
            "{missing}"
        );
        Ok(())
    }
}
