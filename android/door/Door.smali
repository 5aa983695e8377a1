# The app's activity: Android's own for programs without Java, and the two things that it keeps from
# them. A link or a picture that comes while the app runs becomes the activity's intent, where the
# library looks after each resumption; and whoever asked a page of the system can wait for its answer.
.class public final Lapp/holdfast/Door;
.super Landroid/app/NativeActivity;
.source "Door.smali"

# The request that was answered last, and how; -1 (RESULT_OK) is a yes.
.field private answered:I
.field private outcome:I
.field private answer:Landroid/content/Intent;

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/NativeActivity;-><init>()V
    return-void
.end method

.method protected onNewIntent(Landroid/content/Intent;)V
    .registers 2
    invoke-super {p0, p1}, Landroid/app/NativeActivity;->onNewIntent(Landroid/content/Intent;)V
    invoke-virtual {p0, p1}, Lapp/holdfast/Door;->setIntent(Landroid/content/Intent;)V
    return-void
.end method

.method protected declared-synchronized onActivityResult(IILandroid/content/Intent;)V
    .registers 4
    monitor-enter p0
    :begin
    iput p1, p0, Lapp/holdfast/Door;->answered:I
    iput p2, p0, Lapp/holdfast/Door;->outcome:I
    iput-object p3, p0, Lapp/holdfast/Door;->answer:Landroid/content/Intent;
    invoke-virtual {p0}, Ljava/lang/Object;->notifyAll()V
    :end
    .catchall {:begin .. :end} :thrown
    monitor-exit p0
    return-void
    :thrown
    move-exception p1
    monitor-exit p0
    throw p1
.end method

# Waits for the answer to this request: what was chosen, an empty intent for a plain yes, null for a no.
.method public declared-synchronized answerTo(I)Landroid/content/Intent;
    .registers 4
    monitor-enter p0
    :begin
    :again
    iget v0, p0, Lapp/holdfast/Door;->answered:I
    if-eq v0, p1, :here
    invoke-virtual {p0}, Ljava/lang/Object;->wait()V
    goto :again
    :here
    iget v0, p0, Lapp/holdfast/Door;->outcome:I
    const/4 v1, -0x1
    if-eq v0, v1, :yes
    const/4 v0, 0x0
    goto :done
    :yes
    iget-object v0, p0, Lapp/holdfast/Door;->answer:Landroid/content/Intent;
    if-nez v0, :done
    new-instance v0, Landroid/content/Intent;
    invoke-direct {v0}, Landroid/content/Intent;-><init>()V
    :done
    :end
    .catchall {:begin .. :end} :thrown
    monitor-exit p0
    return-object v0
    :thrown
    move-exception v0
    monitor-exit p0
    throw v0
.end method
