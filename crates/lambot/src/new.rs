pub(crate) fn run(_: &crate::New) -> anyhow::Result<()> {
    Ok(())
}
